// The pool's segments and their free units, shared by all threads: slabs and spans are taken from here and
// come back here, for any class and any thread. What is free and has been used ("dirty") is handed out first
// and kept up to a bound; beyond it goes back to the kernel. Callers hold the process's lock.
#pragma once

#include <cstddef>

#include "core/heap/owner_map.h"
#include "core/heap/slab.h"
#include "core/heap/supply.h"

namespace morpharena {

class SegmentStore {
  public:
    constexpr SegmentStore() = default;

    // A run of `units` (at most kLargestSpan / kUnit), its steps noted in `map`; start, units and zeroed are
    // filled in, the rest is the caller's. nullptr when no segment has such a run.
    Slab* take(OwnerMap& map, std::size_t units);
    // One more segment; false when memory is refused.
    bool grow(Supply& supply);
    void release(Supply& supply, OwnerMap& map, Slab& slab);
    // Takes the `more` units behind a span into it, if they are free.
    bool extend(OwnerMap& map, Slab& slab, std::size_t more);

    // An arena block of kSegmentBytes in which no object is left becomes a segment.
    void adopt_region(std::uintptr_t address);

    std::size_t used_bytes() const { return used_units_ * kUnit; }
    std::size_t idle_bytes() const { return segments_ * kSegmentBytes - used_bytes(); }

    // Gives all free memory back to the kernel; called when a limit is near. True if there was any.
    bool empty_caches(Supply& supply, OwnerMap& map);

  private:
    Segment* find(std::size_t units);
    void take_run(Segment& segment, std::uint32_t run);
    Segment* begin_segment(std::uintptr_t address, bool huge);
    void trim(Supply& supply, OwnerMap& map, Segment& segment);
    void discard_free_units(Supply& supply, Segment& segment);
    void link(Segment& segment);
    void unlink(Segment& segment);

    Segment* with_room_ = nullptr;  // segments with free units
    std::size_t used_units_ = 0;
    std::size_t used_units_peak_ = 0;
    std::size_t dirty_units_ = 0;  // free and perhaps resident, in all segments
    std::size_t segments_ = 0;
};

}  // namespace morpharena
