// The pool: each thread serves small objects from slabs of its own, one class a slab, through intrusive free
// lists.
//
// malloc takes the newest free object of the class's present slab; free puts the object back into its slab.
// Neither locks, nor uses a locked instruction, while the freeing thread owns the slab. Another thread's free
// pushes onto the slab's remote list with one compare-and-swap; the first of a batch also puts the slab into
// its owner's inbox, which the owner empties when it runs out of objects.
//
// A slab is in one of three states, told apart by `wake`, the number of objects out at which a free must do
// more:
//   present  the class allocates from it             wake never
//   listed   it has room and waits in the list       wake 0: it is empty, its units go back for any class
//   full     nobody lists it                         wake capacity - 1: it has room again, it is listed
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/heap/slab.h"
#include "core/heap/thread_heap.h"

namespace morpharena {

class ProcessHeap;

// The newest free object of a slab, or 0.
inline std::uintptr_t pop(Slab& slab) {
    const std::uintptr_t object = slab.free;
    if (object == 0) [[unlikely]]
        return 0;
    slab.free = *reinterpret_cast<std::uintptr_t*>(object);
    slab.until_wake += 1;
    return object;
}

// What a free found at slab.wake: lists, or returns, the slab.
void slab_woke(ProcessHeap& process, ThreadHeap& heap, Slab& slab);

// Back into its slab; the calling thread owns it.
inline void push(ProcessHeap& process, ThreadHeap& heap, Slab& slab, std::uintptr_t object) {
    // The commonest double free and a pointer to nowhere near an object are seen here for four instructions;
    // the pool's other bad frees are not seen on this path.
    if (slab.free == object || object % kGranule != 0) [[unlikely]] {
        heap.counters->free_invalid.add(1);
        return;
    }
    *reinterpret_cast<std::uintptr_t*>(object) = slab.free;
    slab.free = object;
    if (--slab.until_wake == 0) [[unlikely]]
        slab_woke(process, heap, slab);
}

// Empties the heap's inbox. Slabs that were full are listed again; those that are empty and not present go
// back, as do blocks in which no object is left. By the heap's thread, or by who holds the lock and knows
// that it has ended.
void read_inbox(ProcessHeap& process, ThreadHeap& heap);

// From a thread that does not own the slab.
void push_remote(ProcessHeap& process, Slab& slab, std::uintptr_t object);

// An object of `size` bytes (1 to kLargestSpan): from the present slab, a listed one, or a new one. 0 when
// memory is refused.
std::uintptr_t pool_make(ProcessHeap& process, ThreadHeap& heap, std::size_t size);

// Grows a span in place to hold `size` bytes; false when its neighbours are taken.
bool grow_span(ProcessHeap& process, Slab& slab, std::size_t size);

// The object that begins at `address`, as its bytes; 0 when none does (an interior or wild pointer).
std::size_t object_bytes(const Slab& slab, std::uintptr_t address);

// In a fork child: the fast path's table again, from the roots.
void resume_pool(ThreadHeap& heap);

// Returns the slabs of a heap that hold no object. The caller is its thread, or holds the lock and knows that
// the thread has ended.
void give_up_empty_slabs(ProcessHeap& process, ThreadHeap& heap);

}  // namespace morpharena
