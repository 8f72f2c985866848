// When each object dies is drawn beforehand: the objects that die at one step hang on a chain.
#include <algorithm>

#include "bench/workloads/pages.h"
#include "bench/workloads/stage.h"

void morpharena::bench::random_sizes(Stage& stage) {
    const std::size_t count = stage.count();
    Pages<std::uint16_t> sizes(count);
    Pages<std::uint32_t> first(count + 1), next(count);  // steps, from 1; 0 ends a chain
    std::exponential_distribution<double> life(1.0 / 50'000);
    std::size_t bytes = 0, live = 0, live_peak = 0;
    for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t dead = first[i]; dead != 0; dead = next[dead - 1]) live -= sizes[dead - 1];
        sizes[i] = static_cast<std::uint16_t>(8 + stage.random()() % 993);
        bytes += sizes[i];
        live += sizes[i];
        live_peak = std::max(live_peak, live);
        const std::size_t dies = std::min(count, i + 1 + static_cast<std::size_t>(life(stage.random())));
        next[i] = first[dies];
        first[dies] = static_cast<std::uint32_t>(i + 1);
    }
    Pages<void*> objects(count);
    const auto free_dying = [&](std::size_t step) {
        for (std::size_t dead = first[step]; dead != 0; dead = next[dead - 1]) std::free(objects[dead - 1]);
    };
    while (stage.round()) {
        for (std::size_t i = 0; i < count; ++i) {
            free_dying(i);
            objects[i] = stage.make(sizes[i]);
        }
        stage.end();
        stage.made(count, bytes, live_peak);
        stage.release([&] { free_dying(count); });
    }
}
