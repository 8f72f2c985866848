#include "core/heap/arena.h"

#include <algorithm>

#include "core/heap/pool.h"
#include "core/heap/process_heap.h"
#include "core/heap/tuning.h"
#include "core/os/page_source.h"

namespace morpharena {

namespace {

// A block of the usual size is left after that; in a larger one the rest turns to huge pages by itself.
void start_with_small_pages(BlockHeader& block, std::size_t need) {
    constexpr std::size_t kHugePage = std::size_t{2} << 20;
    const auto address = reinterpret_cast<std::uintptr_t>(&block);
    if (block.bytes > kHugePage) {
        const std::uintptr_t from = align_up(block.objects + kSmallPageSpan, kHugePage);
        const std::uintptr_t to = address + block.bytes;
        if (from < to) os::Kernel::prefer_huge(reinterpret_cast<void*>(from), to - from);
    } else if (block.bytes > kSmallPageSpan) {
        block.end = std::max(address + kSmallPageSpan, align_up(block.objects + need, kGranule));
    }
}

// What the fast paths go by, from the block that the heap has now; limit 0: it has none.
void set_limit(const ProcessHeap& process, ThreadHeap& heap, std::uintptr_t limit) {
    heap.limit = limit;
    heap.fast_limit = process.tracked() ? 0 : limit;
    heap.rewind_block = limit != 0 && process.config().rewind.value ? block_header(heap.block) : nullptr;
}

// No object is left in a block that has been filled.
void block_emptied(ProcessHeap& process, ThreadHeap& heap, BlockHeader& block) {
    // An arena gives nothing back but at a reset. Then nothing more is read of the block: whoever resets may
    // have taken it already.
    if (process.config().mode.value != Mode::adaptive) return;
    // The present block's count is below zero unless somebody frees what was never made. One that stands in
    // an inbox goes when that is read.
    if (&block == block_header(heap.block) || block.remote.word.load(std::memory_order_acquire) != 0) return;
    const os::LockedSection section(process.lock());
    process.take_back_block(block);
}

// The block is full, or left: what is in it stays until the end, or (adaptive) until all of it is freed.
void retire_block(ProcessHeap& process, ThreadHeap& heap) {
    if (heap.block == 0) return;
    BlockHeader& block = *block_header(heap.block);
    process.counters().block_end_waste.add(heap.limit - heap.cursor);
    heap.used_before = bytes_taken(heap);
    block.retired = true;
    heap.block = 0;
    heap.roots->block = 0;
    if (!process.counts_block_frees()) return;
    const std::size_t objects = heap.marks.count(block.objects, heap.cursor) - block.gaps;
    if (block.live.add(static_cast<std::int32_t>(objects)) == 0) block_emptied(process, heap, block);
}

// Leaves the arena for the pool: what fits no more in the present block, and all that comes after it.
void go_to_pool(ProcessHeap& process, ThreadHeap& heap) {
    retire_block(process, heap);
    heap.cursor = 0;
    set_limit(process, heap, 0);
    process.note_switch();
    process.use_pool(heap);
}

}  // namespace

std::uintptr_t bump_aligned(ThreadHeap& heap, std::size_t bytes, std::size_t alignment, std::size_t& gap) {
    const std::uintptr_t before = heap.cursor;
    const std::uintptr_t start = align_up(before, alignment);
    gap = start - before;
    if (start < before || start > heap.limit || bytes > heap.limit - start) return 0;
    // The gap's own mark, at `before`, stands already; with this one the gap is an object, and sizes stay
    // true.
    if (gap != 0) {
        heap.marks.set(start);
        block_header(heap.block)->gaps += 1;
    }
    advance(heap, start + bytes);
    return start;
}

bool refill(ProcessHeap& process, ThreadHeap& heap, std::size_t bytes, std::size_t alignment) {
    if (process.interrupted()) return false;
    const os::LockedSection section(process.lock());
    return refill_locked(process, heap, bytes, alignment);
}

bool refill_locked(ProcessHeap& process, ThreadHeap& heap, std::size_t bytes, std::size_t alignment) {
    const std::size_t need = bytes + (alignment > kGranule ? alignment : 0) + kGranule;
    HeapRoots& roots = *heap.roots;
    read_inbox(process, heap);
    if (process.resets().asked() != roots.resets_seen) [[unlikely]] {
        process.resets().honour(process, heap);
        // The present block may have been rewound.
        if (heap.block != 0 && need <= heap.limit - heap.cursor) return true;
    }
    // The smallest block in which `need` fits behind the prologue, which is less than a hundredth plus the
    // header.
    std::size_t least = OwnerMap::kStep;
    while (least - block_prologue(least) < need) least *= 2;
    const ProcessHeap::Block got = process.take_block(least, roots.blocks_taken != 0);
    if (got.budget_spent) go_to_pool(process, heap);
    if (got.header == nullptr) return false;
    retire_block(process, heap);

    BlockHeader* header = got.header;
    const auto address = reinterpret_cast<std::uintptr_t>(header);
    header->owner.store(&heap, std::memory_order_relaxed);
    header->retired = false;
    process.resets().add(*header);
    header->descriptor.frees_to = process.counts_block_frees() ? frees_to_block(&heap) : 0;
    header->objects = align_up(address + block_prologue(header->bytes), kGranule);
    header->end = address + header->bytes - kGranule;
    // Not in a block that is used again: its pages are there, and its end tells the next user what may be
    // dirty.
    const bool small_pages_first = !got.huge && got.fresh_from == 0 && roots.blocks_taken == 0 &&
                                   process.config().thp.value == Thp::automatic;
    if (small_pages_first) start_with_small_pages(*header, need);

    heap.block = address;
    heap.marks = Marks(address);
    heap.cursor = header->objects;
    heap.marks.set(heap.cursor);
    heap.fresh_from = std::max(heap.cursor, got.fresh_from);
    roots.block = address;
    roots.fresh_from = heap.fresh_from;
    roots.blocks_taken += 1;
    set_limit(process, heap, header->end);
    process.open_window(heap, address);
    process.sample_if_grown();
    return true;
}

void last_object_freed(ProcessHeap& process, ThreadHeap& heap, BlockHeader& block) {
    if (!process.interrupted()) block_emptied(process, heap, block);
}

void leave_block(ProcessHeap& process, ThreadHeap& heap) {
    retire_block(process, heap);
    heap.cursor = 0;
    set_limit(process, heap, 0);
}

void return_to_block(ProcessHeap& process, ThreadHeap& heap, BlockHeader& block) {
    const auto address = reinterpret_cast<std::uintptr_t>(&block);
    heap.block = address;
    heap.marks = Marks(address);
    heap.cursor = heap.marks.last(block.objects, block.end + kGranule);
    heap.used_before -= heap.cursor - block.objects;  // bytes_taken() adds it from now on
    heap.fresh_from = block.end;
    heap.roots->block = address;
    heap.roots->fresh_from = heap.fresh_from;
    block.retired = false;
    if (process.counts_block_frees()) {
        const std::size_t objects = heap.marks.count(block.objects, heap.cursor) - block.gaps;
        block.live.add(-static_cast<std::int32_t>(objects));
    }
    set_limit(process, heap, block.end);
}

void free_in_block_remotely(BlockHeader& block) {
    constexpr std::uintptr_t kOne = 2;
    // Read before the count: afterwards the block may be empty and somebody else's.
    HeapRoots* roots = block.owner.load(std::memory_order_relaxed)->roots;
    std::uintptr_t word = block.remote.word.load(std::memory_order_relaxed);
    while (!block.remote.word.compare_exchange_weak(word, (word + kOne) | kQueued, std::memory_order_acq_rel,
                                                    std::memory_order_relaxed)) {
    }
    if ((word & kQueued) == 0) send(roots, block.remote);
}

void count_remote_frees(ProcessHeap& process, ThreadHeap& heap, BlockHeader& block) {
    // Release, for our last look at `next_in_inbox`: whoever frees next may put the block into an inbox
    // again.
    const std::uintptr_t word = block.remote.word.exchange(0, std::memory_order_acq_rel);
    if (block.live.add(-static_cast<std::int32_t>(word / 2)) == 0) block_emptied(process, heap, block);
}

bool resize_newest(ThreadHeap& heap, std::uintptr_t start, std::uintptr_t end, std::size_t bytes) {
    if (bytes > heap.limit - start) return false;
    heap.marks.clear(end);
    advance(heap, start + bytes);
    if (heap.cursor < end && end > heap.fresh_from) {
        heap.fresh_from = end;
        heap.roots->fresh_from = end;
    }
    return true;
}

void resume_block(const ProcessHeap& process, ThreadHeap& heap) {
    const HeapRoots& roots = *heap.roots;
    BlockHeader* header = block_header(roots.block);
    heap.block = roots.block;
    heap.marks = Marks(roots.block);
    const std::uintptr_t marked = heap.marks.last(header->objects, header->end + kGranule);
    heap.cursor = std::max(marked, process.cursor_at_fork(roots.block));
    heap.marks.set(heap.cursor);
    heap.fresh_from = roots.fresh_from;
    set_limit(process, heap, header->end);
    // What was live before the fork is in the record as inherited; this heap's own balance starts at nothing.
    heap.used_before = header->objects - heap.cursor;
}

}  // namespace morpharena
