// Does the second phase use the memory of the first?
#include "bench/workloads/pages.h"
#include "bench/workloads/stage.h"

void morpharena::bench::phases(Stage& stage) {
    constexpr std::size_t kSizes[] = {64, 96, 448, 24}, kSmallest = 24;
    Pages<void*> objects(stage.count() / kSmallest);
    while (stage.round()) {
        std::size_t made = 0;
        for (const std::size_t size : kSizes) {
            const std::size_t count = stage.count() / size;
            for (std::size_t i = 0; i < count; ++i) objects[i] = stage.make_alike(size);
            for (std::size_t i = 0; i < count; ++i) std::free(objects[i]);
            made += count;
        }
        stage.end();
        stage.made(made, stage.count() * std::size(kSizes), stage.count());
    }
}
