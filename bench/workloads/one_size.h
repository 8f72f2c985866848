// Objects of one size, kept until the round is over: the notes' benchmarks 1 and 2 differ in what is read
// off.
#pragma once

#include "bench/workloads/pages.h"
#include "bench/workloads/stage.h"

namespace morpharena::bench {

inline void make_and_keep(Stage& stage) {
    const std::size_t size = stage.size();
    Pages<void*> objects(stage.count());
    while (stage.round()) {
        for (void*& object : objects) object = stage.make_alike(size);
        stage.end();
        stage.made(objects.size(), objects.size() * size, objects.size() * size);
        stage.release([&] {
            for (void* object : objects) std::free(object);
        });
    }
}

}  // namespace morpharena::bench
