// What each call of the malloc family means, in every mode. The shim's entry points are one line each over
// these; a unit test calls them directly.
//
// All of them keep errno unless they fail; a failure sets ENOMEM and returns nullptr. Sizes are bytes; a size
// of 0 is served with a unique object. Alignments are powers of two.
#pragma once

#include <string.h>

#include <cstddef>

#include "core/heap/arena.h"
#include "core/heap/pool.h"
#include "core/heap/process_heap.h"

namespace morpharena {

// The slow halves: everything that the inline halves below do not serve.
void* allocate_slow(std::size_t size);
void* allocate_zeroed_slow(std::size_t count, std::size_t size);
void release_slow(void* pointer);

// As glibc: of nullptr it allocates, to size 0 it frees and returns nullptr.
void* reallocate(void* pointer, std::size_t size);
void* allocate_aligned(std::size_t alignment, std::size_t size);
// 0 for nullptr; all of it may be written.
std::size_t usable_size(void* pointer);

// A small object, counted, with what tells whether its bytes are zero; object 0: the slow way. `last` is size
// - 1, below kSmallLimit.
struct Small {
    std::uintptr_t object;
    bool used_before;
};

inline Small allocate_small(ThreadHeap& heap, std::size_t last) {
    const std::size_t index = last / kGranule;  // granules - 1
    Slab* slab = heap.direct[index];
    const std::uintptr_t object = slab != nullptr ? pop(*slab) : bump_small(heap, last);
    if (object != 0) [[likely]] {
        ThreadCounters& counters = *heap.counters;
        counters.small_objects[index + 1].add(1);
        counters.bytes_asked.add(last + 1);
    }
    return {object, slab != nullptr || object < heap.fresh_from};
}

inline void* allocate(std::size_t size) {
    const std::size_t last = size - 1;  // zero wraps and goes the slow way
    if (last < kSmallLimit) [[likely]] {
        const std::uintptr_t object = allocate_small(*current_heap, last).object;
        if (object != 0) [[likely]]
            return reinterpret_cast<void*>(object);
    }
    return allocate_slow(size);
}

inline void* allocate_zeroed(std::size_t count, std::size_t size) {
    std::size_t bytes = 0;
    if (checked_multiply(count, size, bytes) && bytes - 1 < kSmallLimit) [[likely]] {
        ThreadHeap& heap = *current_heap;
        const Small small = allocate_small(heap, bytes - 1);
        if (small.object != 0) [[likely]] {
            heap.counters->calloc_calls.add(1);
            auto* pointer = reinterpret_cast<void*>(small.object);
            return small.used_before ? memset(pointer, 0, bytes) : pointer;
        }
    }
    return allocate_zeroed_slow(count, size);
}

inline void release(void* pointer) {
    ThreadHeap& heap = *current_heap;
    const auto address = reinterpret_cast<std::uintptr_t>(pointer);
    Descriptor* descriptor = heap.owners.find(address);
    if (descriptor != nullptr) [[likely]] {
        if (descriptor->frees_to == &heap) [[likely]] {
            heap.counters->free_calls.add(1);
            push(process_heap, heap, *reinterpret_cast<Slab*>(descriptor), address);
            return;
        }
        if (descriptor->kind == Owner::slab) {
            heap.counters->free_calls.add(1);
            heap.counters->free_cross_thread.add(1);
            push_remote(process_heap, *reinterpret_cast<Slab*>(descriptor), address);
            return;
        }
        if (heap.free_only_counts) {
            heap.counters->free_calls.add(1);
            return;
        }
    }
    release_slow(pointer);
}

}  // namespace morpharena
