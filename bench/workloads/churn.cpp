#include "bench/workloads/pages.h"
#include "bench/workloads/stage.h"

void morpharena::bench::churn(Stage& stage) {
    const std::size_t size = stage.size();
    Pages<void*> live(1000);
    while (stage.round()) {
        for (void*& object : live) object = stage.make_alike(size);
        for (std::size_t i = 0; i < stage.count(); ++i) {
            void*& object = live[i * 7919 % live.size()];
            std::free(object);
            object = stage.make_alike(size);
        }
        stage.end();
        const std::size_t objects = live.size() + stage.count();
        stage.made(objects, objects * size, live.size() * size);
        stage.release([&] {
            for (void* object : live) std::free(object);
        });
    }
}
