// What a program can ask malloc about itself. All of these are answered, since with ours in place glibc's own
// would speak of a heap that nobody uses: gcc -fmem-report, databases and editors print mallinfo; mallopt and
// malloc_trim are called for effect, and must not take it on that heap. In mode `system` the next allocator
// has the heap, and answers.
#include <errno.h>
#include <malloc.h>
#include <stdio.h>

#include <algorithm>
#include <array>
#include <climits>

#include "core/base/text.h"
#include "core/heap/process_heap.h"
#include "core/os/file.h"
#include "core/report/report.h"
#include "shim/export.h"
#include "shim/find_next.h"
#include "shim/next_allocator.h"

using namespace morpharena;

namespace {

// True in mode `system`, where the program would reach such a function without us.
template <class Function>
bool find_next_in_charge(Function& function, const char* name) {
    function = reinterpret_cast<Function>(next_by_name(name));
    return function != nullptr;
}

struct mallinfo2 figures() {
    struct mallinfo2 info {};
    if (process_heap.heap() == nullptr) return info;
    // All that we hold of the kernel's is `arena`; a large object's own mapping is not told apart.
    info.arena = process_heap.counters().bytes_mapped.get();
    const bool gives_back =
        process_heap.config().mode.value == Mode::pool || process_heap.config().mode.value == Mode::adaptive;
    // In use: all but what lies idle in the pool and the caches, or is not yet handed out of a block; in an
    // arena, where no free is followed, what was handed out. haproxy takes an allocator whose figures an
    // object does not change for one that malloc_trim() can't serve.
    const ProcessHeap::InBlocks in_blocks = process_heap.bytes_in_blocks();
    const size_t idle = process_heap.idle_bytes() + in_blocks.left;
    info.uordblks =
        std::min<size_t>(info.arena, gives_back ? info.arena - std::min(info.arena, idle) : in_blocks.taken);
    info.fordblks = info.arena - info.uordblks;
    return info;
}

bool to_stderr(void*, std::string_view piece) {
    os::write_stderr(piece);
    return true;
}

}  // namespace

EXPORTED struct mallinfo2 mallinfo2(void) {
    decltype(&mallinfo2) next = nullptr;
    if (find_next_in_charge(next, "mallinfo2")) return next();
    return figures();
}

EXPORTED struct mallinfo mallinfo(void) {
    struct mallinfo (*next)() = nullptr;
    if (find_next_in_charge(next, "mallinfo")) return next();
    const struct mallinfo2 wide = figures();
    const auto narrow = [](size_t value) { return static_cast<int>(std::min<size_t>(value, INT_MAX)); };
    struct mallinfo info {};
    info.arena = narrow(wide.arena);
    info.hblks = narrow(wide.hblks);
    info.hblkhd = narrow(wide.hblkhd);
    info.uordblks = narrow(wide.uordblks);
    info.fordblks = narrow(wide.fordblks);
    return info;
}

// Every parameter is accepted and none has a meaning here: 1 is success, and programs complain of 0.
EXPORTED int mallopt(int parameter, int value) {
    decltype(&mallopt) next = nullptr;
    return find_next_in_charge(next, "mallopt") ? next(parameter, value) : 1;
}

// 1 when something went back to the kernel, as glibc says it. An arena has nothing to give.
EXPORTED int malloc_trim(size_t kept) {
    decltype(&malloc_trim) next = nullptr;
    if (find_next_in_charge(next, "malloc_trim")) return next(kept);
    return process_heap.heap() != nullptr && process_heap.release_caches() ? 1 : 0;
}

// The program asked for it in so many words, so this one writes to stderr.
EXPORTED void malloc_stats(void) {
    decltype(&malloc_stats) next = nullptr;
    if (find_next_in_charge(next, "malloc_stats")) return next();
    if (process_heap.heap() == nullptr) return;
    RecordView view;
    process_heap.snapshot(view);
    std::array<char, 2048> buffer;
    Emitter emitter(Format::text, to_stderr, nullptr, buffer);
    write_report(emitter, view);
}

EXPORTED int malloc_info(int options, FILE* stream) {
    decltype(&malloc_info) next = nullptr;
    if (find_next_in_charge(next, "malloc_info")) return next(options, stream);
    if (options != 0) return EINVAL;
    const struct mallinfo2 info = figures();
    std::array<char, 512> buffer;
    Text xml(buffer);
    xml.add("<malloc version=\"1\">\n<total type=\"mmap\" count=\"").add_unsigned(info.hblks);
    xml.add("\" size=\"").add_unsigned(info.hblkhd).add("\"/>\n<system type=\"current\" size=\"");
    xml.add_unsigned(info.arena + info.hblkhd).add("\"/>\n<aspace type=\"total\" size=\"");
    xml.add_unsigned(info.arena).add("\"/>\n</malloc>\n");
    decltype(&fwrite) write = nullptr;
    find_next(write, "fwrite");
    return write(xml.c_str(), 1, xml.view().size(), stream) == xml.view().size() ? 0 : -1;
}
