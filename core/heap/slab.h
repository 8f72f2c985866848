// The pool's memory: segments of 2 MiB, aligned to their size, cut into 32 units of 64 KiB. The first unit
// holds the segment's header with the descriptors; runs of the others are slabs (many objects of one class)
// or spans (one object of over 32 KiB). Descriptors lie together, away from the objects, so that they do not
// all fall on one cache set.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/heap/owner_map.h"

namespace morpharena {

inline constexpr std::size_t kUnit = OwnerMap::kStep;
inline constexpr std::size_t kSegmentBytes = std::size_t{2} << 20;
inline constexpr std::size_t kUnitsPerSegment = kSegmentBytes / kUnit;
inline constexpr std::size_t kLargestSpan =
    (kUnitsPerSegment - 1) * kUnit / 2;  // larger objects get a mapping

struct Slab {
    // Used by the owning thread at every malloc and free.
    Descriptor descriptor;  // frees_to is the owner
    std::uintptr_t free;    // the newest free object, each holding the next one's address; 0: none
    // Objects handed out and not yet back in `free`, less `wake`: a free that brings this to 0 finds `wake`
    // of them and must do more (see pool.h). Kept as the difference, so that it finds out by taking one off.
    std::uint32_t until_wake;
    std::uint32_t wake;
    std::uint32_t object_bytes;
    std::uint32_t capacity;  // objects
    // Of them, how many have been in `free` yet; the rest is untouched. Any thread that frees may look.
    std::atomic<std::uint32_t> threaded;
    std::uint16_t size_class;  // kSpanClass: a span
    std::uint16_t units;
    std::uintptr_t start;  // of the first object
    bool zeroed;  // its memory came fresh from the kernel: what has not been handed out reads as zero
    alignas(64) RemoteFrees remote;  // by other threads, linked as `free`
    Slab* next;                      // the owner's list of slabs of this class that have room
    Slab* previous;

    std::uint32_t used() const { return until_wake + wake; }
    void wake_at(std::uint32_t value) {
        until_wake += wake - value;
        wake = value;
    }
    ThreadHeap* owner() const { return reinterpret_cast<ThreadHeap*>(descriptor.frees_to); }
};
static_assert(sizeof(Slab) == 128 && offsetof(Slab, remote) == 64);

inline constexpr std::uint16_t kSpanClass = 0xffff;
inline constexpr std::uint32_t kNeverWake = 0xffffffff;

struct Segment {
    std::uint32_t free_units;   // a bit each; unit 0 is never free
    std::uint32_t dirty_units;  // of the free ones, those whose pages may be resident
    bool huge;
    Segment* next;  // the list of segments with free units
    Segment* previous;
    alignas(128) Slab slabs[kUnitsPerSegment];  // the descriptor of a run is that of its first unit
};
static_assert(sizeof(Segment) <= kUnit);

inline Segment& segment_of(const Slab& slab) {
    return *reinterpret_cast<Segment*>(reinterpret_cast<std::uintptr_t>(&slab) & ~(kSegmentBytes - 1));
}

}  // namespace morpharena
