// What a program built by n0 asks of malloc: each call pushes 12 GC roots of 16 bytes and pops them again;
// every other call logs a line through a FILE (472 bytes and a buffer of 4,096); every 50th the collector
// takes a mark-stack block of 64 KiB; every 100th a page is added, whose descriptor (64 bytes) stays.
#include "bench/workloads/pages.h"
#include "bench/workloads/stage.h"

void morpharena::bench::v1_runtime(Stage& stage) {
    constexpr std::size_t kRoots = 12, kRoot = 16, kFile = 472, kBuffer = 4096, kMarks = 65'536, kPage = 64;
    constexpr std::size_t kLine = 100, kMarked = 4096;  // what is written of a buffer and of a mark stack
    const std::size_t calls = stage.count();
    Pages<void*> descriptors(calls / 100 + 1);
    while (stage.round()) {
        std::size_t objects = calls * kRoots, bytes = calls * kRoots * kRoot, pages = 0;
        for (std::size_t call = 0; call < calls; ++call) {
            void* roots[kRoots];
            for (void*& root : roots) root = stage.make_alike(kRoot);
            if (call % 2 == 0) {
                void* file = stage.make_alike(kFile);
                void* buffer = stage.make_alike(kBuffer, kLine);
                std::free(buffer);
                std::free(file);
                objects += 2;
                bytes += kFile + kBuffer;
            }
            if (call % 50 == 0) {
                std::free(stage.make_alike(kMarks, kMarked));
                ++objects;
                bytes += kMarks;
            }
            if (call % 100 == 0) descriptors[pages++] = stage.make_alike(kPage);
            for (std::size_t i = kRoots; i-- > 0;) std::free(roots[i]);
        }
        stage.end();
        stage.made(objects + pages, bytes + pages * kPage,
                   kRoots * kRoot + kFile + kLine + kMarked + pages * kPage);
        stage.release([&] {
            for (std::size_t i = 0; i < pages; ++i) std::free(descriptors[i]);
        });
    }
}
