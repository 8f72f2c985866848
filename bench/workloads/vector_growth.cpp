#include "bench/workloads/stage.h"

void morpharena::bench::vector_growth(Stage& stage) {
    constexpr std::size_t kVectors = 4, kFirst = 16, kLast = 256 * 1024;
    while (stage.round()) {
        std::size_t steps = 0, bytes = 0, last = 0;
        for (std::size_t i = 0; i < stage.count(); ++i) {
            void* vectors[kVectors] = {};
            for (std::size_t size = kFirst, old = 0; size <= kLast; old = size, size += size / 2) {
                for (void*& data : vectors) data = stage.grow(data, old, size);
                steps += kVectors;
                bytes += kVectors * (size - old);
                last = size;
            }
            for (void* data : vectors) std::free(data);
        }
        stage.end();
        stage.made(steps, bytes, kVectors * last);
    }
}
