#include "bench/workloads/pages.h"
#include "bench/workloads/stage.h"

void morpharena::bench::lifo(Stage& stage) {
    constexpr std::size_t kStack = 1000;
    Pages<std::size_t> sizes(4096);
    for (std::size_t& size : sizes) size = 16 + stage.random()() % 240;
    Pages<void*> stack(kStack);
    while (stage.round()) {
        std::size_t bytes = 0;
        for (std::size_t round = 0; round < stage.count(); ++round) {
            for (std::size_t i = 0; i < kStack; ++i) {
                const std::size_t size = sizes[(round + i) % sizes.size()];
                stack[i] = stage.make(size);
                bytes += size;
            }
            for (std::size_t i = kStack; i-- > 0;) std::free(stack[i]);
        }
        stage.end();
        stage.made(stage.count() * kStack, bytes, bytes / (stage.count() == 0 ? 1 : stage.count()));
    }
}
