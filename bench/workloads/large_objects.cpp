#include "bench/workloads/pages.h"
#include "bench/workloads/stage.h"

void morpharena::bench::large_objects(Stage& stage) {
    constexpr std::size_t kLive = 20;
    struct Step {
        std::size_t slot, size;
    };
    Pages<Step> steps(stage.count());
    std::size_t bytes = 0, live = 0, live_peak = 0, held[kLive] = {};
    for (Step& step : steps) {
        const std::size_t least = std::size_t{65'536} << (stage.random()() % 8);
        step = {stage.random()() % kLive, least + stage.random()() % least};
        bytes += step.size;
        live += step.size - held[step.slot];
        held[step.slot] = step.size;
        if (live > live_peak) live_peak = live;
    }
    void* objects[kLive] = {};
    while (stage.round()) {
        for (const Step& step : steps) {
            std::free(objects[step.slot]);
            objects[step.slot] = stage.make(step.size);
        }
        stage.end();
        stage.made(stage.count(), bytes, live_peak);
        stage.release([&] {
            for (void* object : objects) std::free(object);
        });
        for (void*& object : objects) object = nullptr;  // a reset takes them back as well
    }
}
