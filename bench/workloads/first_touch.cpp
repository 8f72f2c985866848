// morpharena-first-touch: the physical limit of any allocator's cold figure. Fresh memory, touched once a
// cache line, from the first to the last, by the pages that are named; no allocator, no book.
#include <sys/mman.h>

#include <cstdio>
#include <cstring>

#include "bench/workloads/arguments.h"
#include "bench/workloads/json_line.h"
#include "bench/workloads/stage.h"
#include "bench/workloads/threads.h"

namespace morpharena::bench {
namespace {

constexpr std::size_t kHuge = std::size_t{2} << 20;

// How the pages are had: which advice is given, and whether the kernel is asked for them at once.
struct Way {
    const char* name;
    int advice;
    bool populate;
};
constexpr Way kWays[] = {
    {"small", MADV_NOHUGEPAGE, false},
    {"small_populated", MADV_NOHUGEPAGE, true},
    {"huge", MADV_HUGEPAGE, false},
    {"huge_populated", MADV_HUGEPAGE, true},
};
const Way* way = nullptr;

const Way* find_way(const char* name) {
    for (const Way& candidate : kWays) {
        if (std::strcmp(candidate.name, name) == 0) return &candidate;
    }
    return nullptr;
}

// The stage's `count` bytes. Aligned to a huge page, as the best allocator would have it.
void touch_all(Stage& stage) {
    const std::size_t bytes = stage.count();
    while (stage.round()) {
        void* mapped =
            ::mmap(nullptr, bytes + kHuge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (mapped == MAP_FAILED) std::abort();
        const std::size_t skip = -reinterpret_cast<std::size_t>(mapped) & (kHuge - 1);
        char* memory = static_cast<char*>(mapped) + skip;
        // The advice ends with the bytes: what does not fill a huge page comes in small ones.
        ::madvise(memory, bytes, way->advice);
        if (way->populate && ::madvise(memory, bytes, MADV_POPULATE_WRITE) != 0) std::abort();
        touch_lines(memory, bytes);
        stage.end();
        stage.made(1, bytes, bytes);
        stage.release([&] { ::munmap(mapped, bytes + kHuge); });
    }
}

}  // namespace
}  // namespace morpharena::bench

int main(int argc, char** argv) {
    using namespace morpharena::bench;
    Arguments arguments;
    if (!parse(argc, argv, arguments)) return 2;
    if (arguments.help) {
        std::puts(
            "Usage: morpharena-first-touch WAY --count BYTES [--threads N] [--json FILE]\n\n"
            "Maps fresh memory, writes to it once a cache line and prints one JSON line, as "
            "morpharena-workload does.\n"
            "WAY: small, small_populated, huge, huge_populated.");
        return 0;
    }
    way = arguments.name == nullptr ? nullptr : find_way(arguments.name);
    if (way == nullptr || arguments.count == 0) {
        std::fprintf(stderr, "first-touch: right is WAY --count BYTES; --help lists the ways\n");
        return 2;
    }
    const Parameters parameters = {arguments.count, 1, arguments.threads, 1, false, true, false};
    Session session(parameters);
    if (!run_on_threads(session, touch_all)) return 2;
    return write_json_line(arguments.json, way->name, parameters, session.totals()) ? 0 : 2;
}
