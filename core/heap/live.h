// Live bytes, for processes whose record or dump somebody reads: what a free takes away, and the peak just
// before it.
#pragma once

#include "core/heap/arena.h"
#include "core/heap/process_heap.h"

namespace morpharena {

// This heap's share of the live bytes now: what it handed out, less what it freed itself (of anybody's
// objects: the sum over the heaps is what counts). Gaps before aligned objects are nobody's.
inline std::int64_t live_of(const ThreadHeap& heap) {
    const ThreadCounters& counters = *heap.counters;
    return static_cast<std::int64_t>(bytes_taken(heap) + counters.bytes_rewound.get() -
                                     counters.gap_bytes.get() - counters.bytes_freed.get());
}

// Live bytes only rise between two frees, so the peak is looked for here, before `bytes` go.
inline void note_freed(ProcessHeap& process, ThreadHeap& heap, std::size_t bytes) {
    process.publish_live(heap, live_of(heap));
    heap.counters->bytes_freed.add(bytes);
}

}  // namespace morpharena
