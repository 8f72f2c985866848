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

// A small object: what `take` makes of it, told whether its bytes may have been used before, or of nothing
// what `slow` gives. `last` is its size - 1, below kSmallLimit. Both ways end in a return of their own: with
// one for both, GCC 12 tests three times what it knows.
//
// Nothing is counted here, nor in the fast half of release: a counter each for calls and bytes made LIFO 1.26
// and same-size churn 1.32 times as long in the pool. Where somebody asked for the figures, every call goes
// the slow way.
template <class Take, class Slow>
[[gnu::always_inline]] inline auto take_small(ThreadHeap& heap, std::size_t last, Take take, Slow slow) {
    std::uintptr_t object = 0;
    if (Slab* slab = heap.direct[last / kGranule]; slab != nullptr) {
        object = pop(*slab);
        if (object == 0) [[unlikely]]
            return slow();
        return take(object, true);
    }
    if (!bump_small(heap, last, object)) [[unlikely]]
        return slow();
    return take(object, object < heap.fresh_from);
}

inline void* allocate(std::size_t size) {
    const auto slow = [size] { return allocate_slow(size); };
    const std::size_t last = size - 1;  // zero wraps and goes the slow way
    if (last >= kSmallLimit) [[unlikely]]
        return slow();
    return take_small(
        *current_heap, last, [](std::uintptr_t object, bool) { return reinterpret_cast<void*>(object); },
        slow);
}

// What the fast path can't serve is left to `slow`, which stands for the slow half.
template <class Slow>
[[gnu::always_inline]] inline void* allocate_zeroed(std::size_t count, std::size_t size, Slow slow) {
    std::size_t bytes = 0;
    if (!checked_multiply(count, size, bytes) || bytes - 1 >= kSmallLimit) [[unlikely]]
        return slow();
    const auto take = [bytes](std::uintptr_t object, bool used_before) {
        auto* pointer = reinterpret_cast<void*>(object);
        return used_before ? memset(pointer, 0, bytes) : pointer;
    };
    return take_small(*current_heap, bytes - 1, take, slow);
}

inline void* allocate_zeroed(std::size_t count, std::size_t size) {
    return allocate_zeroed(count, size, [count, size] { return allocate_zeroed_slow(count, size); });
}

inline void release(void* pointer) {
    ThreadHeap& heap = *current_heap;
    const auto address = reinterpret_cast<std::uintptr_t>(pointer);
    Descriptor* descriptor = heap.owners.find(address);
    if (descriptor != nullptr) [[likely]] {
        const std::uintptr_t frees_to = descriptor->frees_to;
        if (frees_to == frees_to_slab(&heap)) [[likely]] {
            push(process_heap, heap, *reinterpret_cast<Slab*>(descriptor), address);
            return;
        }
        if (heap.free_does_nothing) return;
        if (frees_to == frees_to_block(&heap)) {
            free_in_block(process_heap, heap, *reinterpret_cast<BlockHeader*>(descriptor), address);
            return;
        }
        if (descriptor->kind == Owner::slab) {
            push_remote(process_heap, *reinterpret_cast<Slab*>(descriptor), address);
            return;
        }
    }
    release_slow(pointer);
}

}  // namespace morpharena
