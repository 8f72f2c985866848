// The calls of morpharena.h.
#include "shim/morpharena.h"

#include <errno.h>
#include <string.h>

#include <algorithm>

#include "core/heap/process_heap.h"
#include "shim/dump.h"
#include "shim/export.h"

using namespace morpharena;

namespace {

// The heap, unless memory must stay as it is: in a handler that interrupted us, in a vfork child.
ThreadHeap* heap_to_change() {
    ThreadHeap* heap = process_heap.heap();
    const bool may = heap != nullptr && process_heap.is_own_process() && !process_heap.interrupted();
    return may ? heap : nullptr;
}

}  // namespace

EXPORTED int morpharena_active(void) {
    return process_heap.awake() && process_heap.record().header().bypassed == 0 ? 1 : 0;
}

EXPORTED morpharena_mark_t morpharena_mark(void) {
    ThreadHeap* heap = heap_to_change();
    if (heap == nullptr) return nullptr;
    const os::LockedSection section(process_heap.lock());
    return reinterpret_cast<morpharena_mark_t>(process_heap.resets().make_mark(process_heap, *heap));
}

EXPORTED int morpharena_reset(morpharena_mark_t mark) {
    ThreadHeap* heap = mark == nullptr ? nullptr : heap_to_change();
    if (heap == nullptr) return 0;
    const os::LockedSection section(process_heap.lock());
    const auto place = reinterpret_cast<std::uintptr_t>(mark);
    return process_heap.resets().reset_to_mark(process_heap, *heap, place) ? 1 : 0;
}

EXPORTED size_t morpharena_reset_safe(void) {
    ThreadHeap* heap = heap_to_change();
    if (heap == nullptr) return 0;
    const os::LockedSection section(process_heap.lock());
    process_heap.counters().resets.add(process_heap.resets_safely() ? 1 : 0);
    return process_heap.resets().reset_safely(process_heap, *heap);
}

EXPORTED void morpharena_dump(void) {
    const int before = errno;
    if (process_heap.heap() != nullptr) ask_for_dump();
    errno = before;
}

EXPORTED size_t morpharena_snapshot(struct morpharena_figures* figures, size_t bytes) {
    if (process_heap.heap() == nullptr) return 0;
    RecordView view;
    process_heap.snapshot(view);
    const ProcessCounters& counters = process_heap.counters();
    const size_t filled = std::min(bytes, sizeof *figures);
    struct morpharena_figures all {};
    all.size = filled;
    if (view.counted) {
        all.calls_counted = 1;
        all.objects = view.derived.objects;
        all.bytes_asked = view.derived.payload;
        all.bytes_live = view.derived.live;
        all.bytes_live_peak = view.derived.live_peak;
    }
    all.bytes_mapped = counters.bytes_mapped.get();
    all.bytes_mapped_peak = counters.bytes_mapped_peak.get();
    all.resets = counters.resets.get();
    all.blocks_rewound = counters.blocks_rewound.get();
    all.blocks_pinned = counters.pinned_blocks.get();
    all.objects_pinning = counters.pinned_objects.get();
    all.bytes_returned = counters.bytes_returned.get();
    memcpy(figures, &all, filled);
    return filled;
}
