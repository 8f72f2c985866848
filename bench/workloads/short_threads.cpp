#include <pthread.h>

#include "bench/workloads/stage.h"

namespace morpharena::bench {
namespace {

constexpr std::size_t kObjects = 200, kSizes = 200;

struct Life {
    Stage& stage;
    std::size_t number;
};

std::size_t size_of(std::size_t thread, std::size_t object) {
    return 16 + (thread + object) % kSizes;
}

void* live(void* argument) {
    const Life& life = *static_cast<Life*>(argument);
    void* objects[kObjects];
    for (std::size_t k = 0; k < kObjects; ++k) objects[k] = life.stage.make(size_of(life.number, k));
    for (void* object : objects) std::free(object);
    return nullptr;
}

}  // namespace

void short_threads(Stage& stage) {
    std::size_t each = 0;  // every thread makes one object of each size
    for (std::size_t k = 0; k < kObjects; ++k) each += size_of(0, k);
    while (stage.round()) {
        for (std::size_t i = 0; i < stage.count(); ++i) {
            Life life{stage, i};
            pthread_t thread;
            if (::pthread_create(&thread, nullptr, live, &life) != 0) std::abort();
            ::pthread_join(thread, nullptr);
        }
        stage.end();
        stage.made(stage.count() * kObjects, stage.count() * each, each);
    }
}

}  // namespace morpharena::bench
