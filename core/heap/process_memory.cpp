// The part of ProcessHeap that hands out memory: blocks, units of segments, large objects; and what is done
// when the kernel or MORPHARENA_LIMIT refuses.
#include <string.h>

#include <algorithm>
#include <bit>

#include "core/heap/arena.h"
#include "core/heap/pool.h"
#include "core/heap/process_heap.h"
#include "core/os/process.h"

namespace morpharena {

bool ProcessHeap::empty_caches() {
    const bool large = large_cache_.empty(supply_, owners_);
    return segments_.empty_caches(supply_, owners_) || large;
}

bool ProcessHeap::release_caches() {
    if (interrupted()) return false;
    const os::LockedSection section(lock());
    if (current_heap->uses_pool) give_up_idle_slabs(*current_heap);
    return empty_caches();
}

ProcessHeap::Block ProcessHeap::take_block(std::size_t least, bool grown) {
    // Blocks that are used again count as well: a process that lives by memory it has freed is served better
    // by the pool, which gives back what was freed last, while a block comes round cold (growth by
    // realloc 3.1 times, churn 1.5 times as long as in the pool).
    look_after_reset_signal();
    const bool within_budget = config_.mode.value != Mode::adaptive || (!switched_ && arena_taken_ < budget_);
    if (within_budget && empty_blocks_ != nullptr && empty_blocks_->bytes >= least) {
        BlockHeader* header = empty_blocks_;
        empty_blocks_ = header->next_empty;
        empty_bytes_ -= header->bytes;
        taken_since_reset_ += header->bytes;
        const std::uintptr_t fresh_from = header->end;
        const std::size_t bytes = header->bytes;
        memset(static_cast<void*>(header), 0, block_prologue(bytes));
        header->descriptor.kind = Owner::block;
        header->bytes = bytes;
        arena_taken_ += bytes;
        counters().blocks_reused.add(1);
        return {header, false, false, fresh_from};
    }
    std::size_t bytes = config_.block_size.value;
    if (config_.mode.value == Mode::adaptive) {
        const std::size_t left = within_budget ? budget_ - arena_taken_ : 0;
        if (left < least) return {nullptr, false, true, 0};
        bytes = std::min(bytes, std::bit_floor(left));
    }
    large_cache_.give_way(supply_, owners_, bytes);
    Supply::Region region = supply_.take_region(bytes, least, grown);
    if (region.address == 0 && empty_caches()) region = supply_.take_region(bytes, least, grown);
    if (region.address == 0) return {};
    BlockHeader* header = block_header(region.address);
    header->descriptor.kind = Owner::block;
    header->bytes = region.bytes;
    if (!owners_.note(region.address, region.bytes, &header->descriptor)) {
        supply_.unmap(header, region.bytes);
        return {};
    }
    arena_bytes_ += region.bytes;
    arena_taken_ += region.bytes;
    taken_since_reset_ += region.bytes;
    counters().blocks.add(1);
    counters().block_bytes.add(region.bytes);
    if (region.huge) counters().huge_blocks.add(1);
    counters().metadata_bytes.add(sizeof(BlockHeader));
    return {header, region.huge, false, 0};
}

void ProcessHeap::take_back_block(BlockHeader& block) {
    resets_.remove(block);
    keep_empty(block);
}

// What one reset's interval took, the next one most likely will: it stays warm. More than that and 32 MiB is
// given back, as large objects' cache does.
void ProcessHeap::trim_empty_blocks() {
    constexpr std::size_t kBytesKept = std::size_t{32} << 20;
    const std::size_t bound = std::max(kBytesKept, taken_since_reset_);
    taken_since_reset_ = 0;
    while (empty_bytes_ > bound) {
        BlockHeader& block = *empty_blocks_;
        const std::size_t bytes = block.bytes;
        empty_blocks_ = block.next_empty;
        empty_bytes_ -= bytes;
        arena_bytes_ -= bytes;
        owners_.forget(reinterpret_cast<std::uintptr_t>(&block), bytes);
        counters().bytes_returned.add(bytes);
        supply_.unmap(&block, bytes);
    }
}

void ProcessHeap::keep_empty(BlockHeader& block) {
    // Once the pool serves, a block of a segment's size becomes one; another goes back to the kernel.
    if (!switched_) {
        block.next_empty = empty_blocks_;
        empty_blocks_ = &block;
        empty_bytes_ += block.bytes;
        return;
    }
    const auto address = reinterpret_cast<std::uintptr_t>(&block);
    const std::size_t bytes = block.bytes;
    owners_.forget(address, bytes);
    counters().blocks_reused.add(1);
    if (bytes == kSegmentBytes) {
        segments_.adopt_region(address);
    } else {
        counters().bytes_returned.add(bytes);
        supply_.unmap(&block, bytes);
    }
}

Slab* ProcessHeap::take_free_units(std::size_t units) {
    const os::QuickSection section(lock());
    return segments_.take(owners_, units);
}

// A few heaps at a time, in turn: a question to the kernel for each, next to 2 MiB that may then not be
// needed.
void ProcessHeap::give_up_idle_slabs(ThreadHeap& heap) {
    constexpr int kHeaps = 16;
    give_up_empty_slabs(*this, heap);
    for (int i = 0; i < kHeaps; ++i) {
        ThreadHeap* next = next_in_turn();
        if (next == nullptr) return;
        if (has_ended(*next)) give_up_empty_slabs(*this, *next);
    }
}

Slab* ProcessHeap::take_units(ThreadHeap& heap, std::size_t units) {
    Slab* slab = take_free_units(units);
    if (slab != nullptr) return slab;
    const os::LockedSection section(lock());
    // Before the process grows: what this heap and those of ended threads hold for nothing.
    give_up_idle_slabs(heap);
    slab = segments_.take(owners_, units);
    if (slab != nullptr) return slab;
    large_cache_.give_way(supply_, owners_, kSegmentBytes);
    if (!segments_.grow(supply_) && !(empty_caches() && segments_.grow(supply_))) return nullptr;
    sample_if_grown();
    return segments_.take(owners_, units);
}

LargeHeader* ProcessHeap::take_large(ThreadHeap& heap, std::size_t size, std::size_t alignment,
                                     bool segments_half_changed, bool& zero) {
    LargeHeader* header = find_large(heap, size, alignment, segments_half_changed, zero);
    if (header != nullptr && config_.mode.value == Mode::arena) resets_.add(*header);
    return header;
}

LargeHeader* ProcessHeap::find_large(ThreadHeap& heap, std::size_t size, std::size_t alignment,
                                     bool segments_half_changed, bool& zero) {
    if (resets_.asked() != heap.roots->resets_seen && !segments_half_changed) resets_.honour(*this, heap);
    zero = false;
    if (alignment <= kGranule) {
        LargeHeader* header = large_cache_.reuse(supply_, owners_, size, &heap);
        if (header != nullptr) {
            counters().large_reused.add(1);
            return header;
        }
    }
    zero = true;
    LargeHeader* header = make_large(supply_, owners_, size, alignment, &heap);
    if (header != nullptr) return header;
    if (heap.uses_pool && !segments_half_changed) give_up_idle_slabs(heap);
    if (!segments_half_changed) empty_caches();
    return make_large(supply_, owners_, size, alignment, &heap);
}

void ProcessHeap::give_back_large(LargeHeader& header) {
    const os::LockedSection section(lock());
    if (config_.mode.value == Mode::arena) {
        resets_.park(*this, header);
        return;
    }
    large_cache_.keep(supply_, owners_, &header);
}

void ProcessHeap::open_window(ThreadHeap& heap, std::uintptr_t address) {
    if (window_.bytes == 0) window_ = owners_.window(address);
    if (!tracked_) heap.owners = window_;
}

void ProcessHeap::note_pool_bytes() {
    counters().pool_bytes.set(segments_.used_bytes());
    counters().pool_bytes_peak.raise_to(segments_.used_bytes());
}

void ProcessHeap::begin_adaptive() {
    woke_ns_ = os::realtime_ns();
    if (config_.budget.value == 0) {
        const os::Limits limits = os::limits();
        std::uint64_t memory = limits.machine_memory;
        if (limits.cgroup_memory != 0 && limits.cgroup_memory < memory) memory = limits.cgroup_memory;
        config_.budget.value = memory / 100 * config_.budget.percent;
    }
    budget_ = config_.budget.value;
}

void ProcessHeap::note_switch() {
    if (switched_) return;
    switched_ = true;
    counters().switch_bytes.set(arena_bytes_);
    counters().switch_us.set((os::realtime_ns() - woke_ns_) / 1000);
    // Blocks that were waiting to be used again are segments from now on.
    while (empty_blocks_ != nullptr) {
        BlockHeader& block = *empty_blocks_;
        empty_blocks_ = block.next_empty;
        empty_bytes_ -= block.bytes;
        keep_empty(block);
    }
}

}  // namespace morpharena
