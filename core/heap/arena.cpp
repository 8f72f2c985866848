#include "core/heap/arena.h"

#include <algorithm>

#include "core/heap/process_heap.h"

namespace morpharena {

namespace {

// How much of a heap's first block is used before it goes on in a block of huge pages. A 4 KiB page costs 1.1 to 1.4 us
// to touch first on our machines and a 2 MiB page 180 to 200 us, as much as 600 KiB of small ones: a heap that has come to
// this size will most likely repay it, and one that stays below (as, collect2, a short thread) never pays.
constexpr std::size_t kSmallPageSpan = std::size_t{1} << 20;

void retire_block(ProcessHeap& process, ThreadHeap& heap) {
    if (heap.block == 0) return;
    process.counters().block_end_waste.add(heap.limit - heap.cursor);
    heap.used_before = bytes_taken(heap);
}

}  // namespace

std::uintptr_t bump_aligned(ThreadHeap& heap, std::size_t bytes, std::size_t alignment, std::size_t& gap) {
    const std::uintptr_t before = heap.cursor;
    const std::uintptr_t start = align_up(before, alignment);
    gap = start - before;
    if (start < before || start > heap.limit || bytes > heap.limit - start) return 0;
    // The gap's own mark, at `before`, stands already; with this one the gap is an object, and sizes stay true.
    if (gap != 0) heap.marks.set(start);
    advance(heap, start + bytes);
    return start;
}

bool refill(ProcessHeap& process, ThreadHeap& heap, std::size_t bytes, std::size_t alignment) {
    const std::size_t need = bytes + (alignment > kGranule ? alignment : 0) + kGranule;
    const os::LockedSection section(process.lock());
    HeapRoots& roots = *heap.roots;
    // The smallest block in which `need` fits behind the prologue, which is less than a hundredth plus the header.
    std::size_t least = OwnerMap::kStep;
    while (least - block_prologue(least) < need) least *= 2;
    const Supply::Block got = process.supply().take_block(least, roots.blocks_taken != 0);
    if (got.address == 0) return false;
    if (!process.owners().note_block(got.address, got.bytes)) return false;
    retire_block(process, heap);

    BlockHeader* header = block_header(got.address);
    header->owner.store(&heap, std::memory_order_relaxed);
    header->bytes = got.bytes;
    header->objects = align_up(got.address + block_prologue(got.bytes), kGranule);
    header->end = got.address + got.bytes - kGranule;
    const bool small_pages_first = !got.huge && roots.blocks_taken == 0 && process.config().thp.value == Thp::automatic;
    if (small_pages_first && got.bytes > 2 * kSmallPageSpan - 1) {
        header->end = std::max(got.address + kSmallPageSpan, align_up(header->objects + need, kGranule));
    }
    process.counters().metadata_bytes.add(sizeof(BlockHeader));

    heap.limit = 0;  // until the rest is in place
    heap.block = got.address;
    heap.marks = Marks(got.address);
    heap.cursor = header->objects;
    heap.marks.set(heap.cursor);
    heap.fresh_from = heap.cursor;
    roots.block = got.address;
    roots.fresh_from = heap.fresh_from;
    roots.blocks_taken += 1;
    heap.limit = header->end;
    process.sample_if_grown();
    return true;
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

void resume_block(ThreadHeap& heap) {
    const HeapRoots& roots = *heap.roots;
    BlockHeader* header = block_header(roots.block);
    heap.block = roots.block;
    heap.marks = Marks(roots.block);
    heap.cursor = heap.marks.last(header->objects, header->end + kGranule);
    heap.fresh_from = roots.fresh_from;
    heap.limit = header->end;
    // What was live before the fork is in the record as inherited; this heap's own balance starts at nothing.
    heap.used_before = header->objects - heap.cursor;
}

}  // namespace morpharena
