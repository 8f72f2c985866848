// Scratch of functions that call each other: each call takes 4 to 11 objects of 16 to 271 bytes, calls two
// others down to a depth of 12, and gives its objects back newest first. Half of all frees undo the newest
// allocation.
#include "bench/workloads/pages.h"
#include "bench/workloads/stage.h"

namespace morpharena::bench {
namespace {

constexpr std::size_t kDepth = 12, kMost = 11;

struct Calls {
    Stage& stage;
    Pages<std::size_t>& sizes;  // a power of two of them, used round and round
    std::size_t left;           // calls to be made
    std::size_t next = 0, objects = 0, bytes = 0, live = 0, live_peak = 0;

    void call(std::size_t depth) {
        if (left == 0) return;
        --left;
        void* scratch[kMost];
        const std::size_t first = next, count = 4 + left % 8;
        std::size_t mine = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t size = sizes[next++ & (sizes.size() - 1)];
            scratch[i] = stage.make(size);
            mine += size;
        }
        objects += next - first;
        bytes += mine;
        live += mine;
        if (live > live_peak) live_peak = live;
        if (depth < kDepth) {
            call(depth + 1);
            call(depth + 1);
        }
        for (std::size_t i = count; i-- > 0;) std::free(scratch[i]);
        live -= mine;
    }
};

}  // namespace

void lifo_scratch(Stage& stage) {
    Pages<std::size_t> sizes(4096);
    for (std::size_t& size : sizes) size = 16 + stage.random()() % 256;
    while (stage.round()) {
        Calls calls{stage, sizes, stage.count()};
        while (calls.left > 0) calls.call(0);
        stage.end();
        stage.made(calls.objects, calls.bytes, calls.live_peak);
    }
}

}  // namespace morpharena::bench
