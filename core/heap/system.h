// The allocator that stands behind ours: glibc, or a library preloaded after us. Mode `system` serves from
// it; the other modes hand it what is not ours.
#pragma once

#include <cstddef>

namespace morpharena {

// The shim looks these up once, in its constructor (dlsym may allocate, so not on the malloc path). Until
// then they are null, and the arena serves even in mode `system`; the owner map tells such objects apart ever
// after.
struct NextAllocator {
    void* (*malloc)(std::size_t) = nullptr;
    void* (*calloc)(std::size_t, std::size_t) = nullptr;
    void* (*realloc)(void*, std::size_t) = nullptr;
    void* (*memalign)(std::size_t, std::size_t) = nullptr;
    void (*free)(void*) = nullptr;
    // Answers 0 of every object where the allocator has no such function: sizes then count as 0.
    std::size_t (*usable_size)(void*) = nullptr;

    bool found() const { return malloc && calloc && realloc && memalign && free && usable_size; }
};

extern constinit NextAllocator next_allocator;

}  // namespace morpharena
