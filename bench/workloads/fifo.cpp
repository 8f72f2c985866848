#include "bench/workloads/pages.h"
#include "bench/workloads/stage.h"

void morpharena::bench::fifo(Stage& stage) {
    Pages<std::size_t> sizes(4096);
    std::size_t mean = 0;
    for (std::size_t& size : sizes) mean += size = 16 + stage.random()() % 240;
    mean /= sizes.size();
    Pages<void*> ring(10'000);
    while (stage.round()) {
        std::size_t bytes = 0;
        for (std::size_t i = 0; i < stage.count(); ++i) {
            const std::size_t size = sizes[i % sizes.size()];
            void*& object = ring[i % ring.size()];
            std::free(object);
            object = stage.make(size);
            bytes += size;
        }
        stage.end();
        const std::size_t live = stage.count() < ring.size() ? stage.count() : ring.size();
        stage.made(stage.count(), bytes, live * mean);
        stage.release([&] {
            for (void* object : ring) std::free(object);
        });
        for (void*& object : ring) object = nullptr;  // a reset takes them back as well
    }
}
