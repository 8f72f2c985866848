// Our own objects, whichever part holds them: making one, finding what is at an address, taking one back. The
// modes differ here and nowhere above.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/heap/owner_map.h"
#include "core/heap/thread_heap.h"

namespace morpharena {

// An object of `size` bytes at a multiple of `alignment` (a power of two of at least kGranule), counted; 0
// when memory is refused. Both are at most kMaxRequest. `zero` tells whether its bytes are known to be zero.
struct Made {
    std::uintptr_t object;
    bool zero;
};
Made make_object(ThreadHeap& heap, std::size_t size, std::size_t alignment);

// What is at an address of ours.
struct Found {
    std::size_t usable;  // bytes from the address on that the object may use; 0: no object begins there
    std::size_t taken;   // bytes as counted when it was made
    ThreadHeap* owner;   // who made it
};
Found find_object(std::uintptr_t address, OwnerMap::Entry entry);

// Takes the object at `address` back as the mode wants it. free_calls is the caller's.
void release_object(ThreadHeap& heap, std::uintptr_t address, OwnerMap::Entry entry);

// realloc to `size` (1 to kMaxRequest) of an object that was found at `object`: where it is now, or 0 when
// memory is refused and nothing has changed.
std::uintptr_t resize_object(ThreadHeap& heap, std::uintptr_t object, OwnerMap::Entry entry,
                             const Found& found, std::size_t size);

}  // namespace morpharena
