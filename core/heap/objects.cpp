#include "core/heap/objects.h"

#include <algorithm>
#include <bit>

#include "core/heap/arena.h"
#include "core/heap/count.h"
#include "core/heap/live.h"
#include "core/heap/pool.h"
#include "core/heap/pool_check.h"
#include "core/heap/process_heap.h"

namespace morpharena {

namespace {

Made make_mapped(ThreadHeap& heap, std::size_t size, std::size_t alignment) {
    const bool segments_half_changed = process_heap.interrupted();
    const os::LockedSection section(process_heap.lock());
    bool zero = false;
    const LargeHeader* header = process_heap.take_large(heap, size, alignment, segments_half_changed, zero);
    if (header == nullptr) return {};
    count_object(*heap.counters, size);
    heap.counters->large_objects_made.add(1);
    // A small object can be here for its alignment; what its class stands for must not be counted twice.
    heap.counters->large_bytes_used.add(header->mapped - bytes_by_class(size));
    heap.used_before += header->mapped;
    if (process_heap.tracked()) process_heap.publish_live(heap, live_of(heap));
    process_heap.sample_if_grown();
    return {header->object, zero};
}

// No block was to be had: for want of memory, or since this is a handler that came into a section. Not
// inline, which would cost each tracked call of the pool's two instructions more.
[[gnu::noinline, gnu::cold]] Made make_beside_blocks(ThreadHeap& heap, std::size_t size,
                                                     std::size_t alignment) {
    return process_heap.interrupted() ? make_mapped(heap, size, alignment) : Made{};
}

Made make_in_block(ThreadHeap& heap, std::size_t size, std::size_t alignment) {
    const std::size_t bytes = granules_of(size) * kGranule;
    std::size_t gap = 0;
    std::uintptr_t object =
        alignment <= kGranule ? bump(heap, bytes) : bump_aligned(heap, bytes, alignment, gap);
    const bool refilled = object == 0;
    if (refilled) {
        if (!refill(process_heap, heap, bytes, alignment)) return make_beside_blocks(heap, size, alignment);
        object = alignment <= kGranule ? bump(heap, bytes) : bump_aligned(heap, bytes, alignment, gap);
    }
    if (process_heap.tracked()) {
        heap.counters->gap_bytes.add(gap);
        if (refilled) process_heap.publish_live(heap, live_of(heap));
        count_object(*heap.counters, size);
        heap.counters->medium_bytes_used.add(bytes - bytes_by_class(size));
    }
    return {object, object >= heap.fresh_from};
}

void note_class_live(ThreadHeap& heap, std::size_t index, std::uint64_t change) {
    Counter& live = heap.counters->class_live[index];
    live.add(change);
    Counter& peak = heap.counters->class_peak[index];
    if (static_cast<std::int64_t>(live.get()) > static_cast<std::int64_t>(peak.get())) peak.set(live.get());
}

// A power-of-two class at least as large as the alignment is aligned to it, as slabs begin at multiples of
// kUnit.
std::size_t size_for_alignment(std::size_t size, std::size_t alignment) {
    const std::size_t least = std::max(granules_of(size) * kGranule, alignment);
    return alignment <= kGranule || least > kLargestSlabObject ? least : std::bit_ceil(least);
}

Made make_in_pool(ThreadHeap& heap, std::size_t size, std::size_t alignment) {
    const std::size_t bytes = size_for_alignment(size, alignment);
    if (bytes > kLargestSpan || alignment > kUnit || process_heap.interrupted()) {
        return make_mapped(heap, size, alignment);
    }
    const std::uintptr_t object = pool_make(process_heap, heap, bytes);
    // No room for a segment of 2 MiB (ulimit -v, MORPHARENA_LIMIT): a mapping of the object's own may still
    // be had.
    if (object == 0) return make_mapped(heap, size, alignment);
    const Slab& slab = process_heap.owners().find(object).as<Slab>();
    const bool zero = slab.size_class == kSpanClass && slab.zeroed;
    if (process_heap.tracked()) {
        count_taken(heap, size, slab.object_bytes);
        if (slab.size_class != kSpanClass) note_class_live(heap, slab.size_class, 1);
        process_heap.publish_live(heap, live_of(heap));
    }
    return {object, zero};
}

void release_in_block(ThreadHeap& heap, std::uintptr_t address, BlockHeader& block) {
    if (block.descriptor.frees_to == 0) return;
    if (block.descriptor.frees_to != frees_to_block(&heap)) {
        free_in_block_remotely(block);
        return;
    }
    const std::uintptr_t before = heap.cursor;
    free_in_block(process_heap, heap, block, address);
    heap.counters->bytes_rewound.add(before - heap.cursor);
}

void release_in_pool(ThreadHeap& heap, std::uintptr_t address, Slab& slab) {
    if (process_heap.tracked() && slab.size_class != kSpanClass) {
        note_class_live(heap, slab.size_class, ~std::uint64_t{0});
    }
    if (process_heap.checks().on() && slab.size_class != kSpanClass) {
        fill_freed(slab, address);
        seal_freed(address, slab.free);  // of a remote free it is done when the owner collects it
    }
    if (slab.owner() == &heap) {
        push(process_heap, heap, slab, address);
    } else {
        push_remote(process_heap, slab, address);
    }
}

}  // namespace

Made make_object(ThreadHeap& heap, std::size_t size, std::size_t alignment) {
    // Before the next allocator is known: few objects, and the bump pointer must not go on serving
    // afterwards.
    if (process_heap.config().mode.value == Mode::system) return make_mapped(heap, size, alignment);
    if (!heap.uses_pool) {
        const std::size_t most = largest_in_block(process_heap.config().block_size.value);
        const bool fits = size <= most && alignment <= most && size + alignment <= most + kGranule;
        if (!fits) return make_mapped(heap, size, alignment);
        const Made made = make_in_block(heap, size, alignment);
        // Without an object and without the pool, memory is refused; with the pool, the budget is spent.
        if (made.object != 0 || !heap.uses_pool) return made;
    }
    return make_in_pool(heap, size, alignment);
}

Found find_object(std::uintptr_t address, OwnerMap::Entry entry) {
    switch (entry.owner()) {
        case Owner::block: {
            const BlockHeader& block = entry.as<BlockHeader>();
            const std::uintptr_t end = end_of_object(block, address);
            if (end == 0) return {};
            return {end - address, end - address, block.owner.load(std::memory_order_relaxed)};
        }
        case Owner::slab: {
            const Slab& slab = entry.as<Slab>();
            const std::size_t bytes = object_bytes(slab, address);
            return {bytes, bytes, slab.owner()};
        }
        case Owner::large: {
            const LargeHeader* header = large_header(address, entry);
            return header == nullptr ? Found{} : Found{header->usable(), header->mapped, header->owner};
        }
        case Owner::nobody:
            break;
    }
    return {};
}

void release_object(ThreadHeap& heap, std::uintptr_t address, OwnerMap::Entry entry) {
    const Found found = find_object(address, entry);
    if (found.usable == 0) {
        heap.counters->free_invalid.add(1);
        return;
    }
    const bool newest = entry.owner() == Owner::block && is_newest(heap, address + found.usable);
    if (process_heap.tracked()) {
        if (newest) heap.counters->free_newest.add(1);
        if (found.owner != &heap) heap.counters->free_cross_thread.add(1);
        note_freed(process_heap, heap, found.taken);
    }
    switch (entry.owner()) {
        case Owner::block:
            release_in_block(heap, address, entry.as<BlockHeader>());
            break;
        case Owner::slab:
            release_in_pool(heap, address, entry.as<Slab>());
            break;
        case Owner::large:
            if (process_heap.config().mode.value == Mode::arena && !process_heap.resets_safely()) break;
            process_heap.give_back_large(entry.as<LargeHeader>());
            break;
        case Owner::nobody:
            break;
    }
}

}  // namespace morpharena
