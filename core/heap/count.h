// Counting one object, the same in every mode.
#pragma once

#include <cstddef>

#include "core/base/align.h"
#include "core/heap/thread_heap.h"

namespace morpharena {

inline void count_object(ThreadCounters& counters, std::size_t size) {
    counters.bytes_asked.add(size);
    if (size <= kSmallLimit) {
        counters.small_objects[granules_of(size)].add(1);
    } else {
        counters.medium_objects[medium_class(size)].add(1);
        counters.medium_bytes[medium_class(size)].add(size);
    }
}

// What objects of this size take by their class alone, which the count of objects tells; the rest is counted
// in bytes.
inline std::size_t bytes_by_class(std::size_t size) {
    return size <= kSmallLimit ? granules_of(size) * kGranule : 0;
}

// An object that stays where it is and takes `after` bytes instead of `before`.
inline void count_resize(ThreadHeap& heap, std::size_t before, std::size_t after, Counter& grown) {
    if (after > before) {
        grown.add(after - before);
    } else {
        heap.counters->bytes_shrunk.add(before - after);
    }
}

// An object outside the blocks that takes `taken` bytes: more than its class stands for, or less, as in an
// allocator that rounds less than we do.
inline void count_taken(ThreadHeap& heap, std::size_t size, std::size_t taken) {
    count_object(*heap.counters, size);
    count_resize(heap, bytes_by_class(size), taken, heap.counters->medium_bytes_used);
    heap.used_before += taken;
}

}  // namespace morpharena
