#include "core/heap/segment_store.h"

#include <algorithm>
#include <bit>
#include <new>

#include "core/heap/large.h"
#include "core/heap/tuning.h"
#include "core/os/page_source.h"

namespace morpharena {

namespace {

constexpr std::uint32_t kAllUnits = 0xfffffffe;  // the header's unit is never free
static_assert(kUnitsPerSegment == 32);

constexpr std::size_t kDirtyUnitsKept = kPoolBytesKept / kUnit;

// How many segments are searched for a run; those at the front have changed last.
constexpr int kSearched = 64;

constexpr std::uint32_t run_mask(unsigned first, std::size_t units) {
    return static_cast<std::uint32_t>(((std::uint64_t{1} << units) - 1) << first);
}

// Where runs of `units` set bits begin in `bits`.
constexpr std::uint32_t run_starts(std::uint32_t bits, std::size_t units) {
    for (std::size_t have = 1; have < units;) {
        const std::size_t step = std::min(have, units - have);
        bits &= bits >> step;
        have += step;
    }
    return bits;
}
static_assert(run_starts(0b0111'0110, 3) == 0b0001'0000 && run_starts(0b1111, 4) == 1);

unsigned index_of(const Segment& segment, const Slab& slab) {
    return static_cast<unsigned>(&slab - segment.slabs);
}

std::uintptr_t address_of(const Segment& segment, unsigned unit) {
    return reinterpret_cast<std::uintptr_t>(&segment) + unit * kUnit;
}

}  // namespace

void SegmentStore::link(Segment& segment) {
    segment.previous = nullptr;
    segment.next = with_room_;
    if (with_room_ != nullptr) with_room_->previous = &segment;
    with_room_ = &segment;
}

void SegmentStore::unlink(Segment& segment) {
    if (segment.previous != nullptr) segment.previous->next = segment.next;
    if (with_room_ == &segment) with_room_ = segment.next;
    if (segment.next != nullptr) segment.next->previous = segment.previous;
}

Segment* SegmentStore::begin_segment(std::uintptr_t address, bool huge) {
    auto* segment = reinterpret_cast<Segment*>(address);
    segment->free_units = kAllUnits;
    segment->dirty_units = 0;
    segment->huge = huge;
    ++segments_;
    link(*segment);
    return segment;
}

bool SegmentStore::grow(Supply& supply) {
    const Supply::Region region =
        supply.take_region(kSegmentBytes, kSegmentBytes, segments_ >= kSegmentsBeforeHuge);
    if (region.address == 0) return false;
    supply.counters().segments.add(1);
    begin_segment(region.address, region.huge);
    return true;
}

void SegmentStore::adopt_region(std::uintptr_t address) {
    Segment* segment = begin_segment(address, false);
    segment->dirty_units = kAllUnits;
    dirty_units_ += kUnitsPerSegment - 1;
}

Segment* SegmentStore::find(std::size_t units) {
    Segment* clean = nullptr;
    int left = kSearched;
    for (Segment* segment = with_room_; segment != nullptr && left > 0; segment = segment->next, --left) {
        if (run_starts(segment->free_units & segment->dirty_units, units) != 0) return segment;
        if (clean == nullptr && run_starts(segment->free_units, units) != 0) clean = segment;
    }
    return clean;
}

Slab* SegmentStore::take(OwnerMap& map, std::size_t units) {
    Segment* segment = find(units);
    if (segment == nullptr) return nullptr;
    std::uint32_t starts = run_starts(segment->free_units & segment->dirty_units, units);
    if (starts == 0) starts = run_starts(segment->free_units, units);
    const auto first = static_cast<unsigned>(std::countr_zero(starts));
    const std::uint32_t run = run_mask(first, units);
    Slab& slab = segment->slabs[first];
    slab.descriptor.kind = Owner::slab;
    if (!map.note(address_of(*segment, first), units * kUnit, &slab.descriptor)) return nullptr;
    slab.start = address_of(*segment, first);
    slab.units = static_cast<std::uint16_t>(units);
    slab.zeroed = (segment->dirty_units & run) == 0;
    take_run(*segment, run);
    return &slab;
}

void SegmentStore::take_run(Segment& segment, std::uint32_t run) {
    dirty_units_ -= static_cast<std::size_t>(std::popcount(segment.dirty_units & run));
    segment.free_units &= ~run;
    segment.dirty_units &= ~run;
    if (segment.free_units == 0) unlink(segment);
    used_units_ += static_cast<std::size_t>(std::popcount(run));
    used_units_peak_ = std::max(used_units_peak_, used_units_);
}

bool SegmentStore::extend(OwnerMap& map, Slab& slab, std::size_t more) {
    Segment& segment = segment_of(slab);
    const unsigned next = index_of(segment, slab) + slab.units;
    if (next + more > kUnitsPerSegment) return false;
    const std::uint32_t run = run_mask(next, more);
    if ((segment.free_units & run) != run) return false;
    if (!map.note(address_of(segment, next), more * kUnit, &slab.descriptor)) return false;
    take_run(segment, run);
    slab.units = static_cast<std::uint16_t>(slab.units + more);
    return true;
}

void SegmentStore::release(Supply& supply, OwnerMap& map, Slab& slab) {
    Segment& segment = segment_of(slab);
    const std::uint32_t run = run_mask(index_of(segment, slab), slab.units);
    map.note(slab.start, slab.units * kUnit, &no_object().descriptor);
    if (segment.free_units == 0) link(segment);
    segment.free_units |= run;
    segment.dirty_units |= run;
    dirty_units_ += slab.units;
    used_units_ -= slab.units;
    if (dirty_units_ > std::max(kDirtyUnitsKept, used_units_peak_ / 4)) trim(supply, map, segment);
}

void SegmentStore::discard_free_units(Supply& supply, Segment& segment) {
    std::uint32_t dirty = segment.dirty_units;
    while (dirty != 0) {
        const auto first = static_cast<unsigned>(std::countr_zero(dirty));
        const auto units = static_cast<std::size_t>(std::countr_one(dirty >> first));
        const std::uint32_t run = run_mask(first, units);
        dirty &= ~run;
        // Refused for locked pages (mlockall): they keep what is in them, so they stay dirty.
        if (!os::Kernel::discard(reinterpret_cast<void*>(address_of(segment, first)), units * kUnit))
            continue;
        supply.counters().bytes_returned.add(units * kUnit);
        segment.dirty_units &= ~run;
        dirty_units_ -= units;
    }
}

void SegmentStore::trim(Supply& supply, OwnerMap& map, Segment& segment) {
    if (segment.free_units != kAllUnits) {
        discard_free_units(supply, segment);
        return;
    }
    unlink(segment);
    dirty_units_ -= static_cast<std::size_t>(std::popcount(segment.dirty_units));
    --segments_;
    map.forget(address_of(segment, 0), kSegmentBytes);
    supply.counters().bytes_returned.add(kSegmentBytes);
    supply.unmap(&segment, kSegmentBytes);
}

bool SegmentStore::empty_caches(Supply& supply, OwnerMap& map) {
    bool any = false;
    for (Segment* segment = with_room_; segment != nullptr;) {
        Segment* next = segment->next;
        const std::uint64_t before = supply.counters().bytes_returned.get();
        if (segment->free_units == kAllUnits || segment->dirty_units != 0) trim(supply, map, *segment);
        any = any || supply.counters().bytes_returned.get() != before;
        segment = next;
    }
    return any;
}

}  // namespace morpharena
