// The bump allocator of one thread: from `cursor` up to `limit` in its present block, then the next block.
// Nothing is given back, but that the newest object may grow, shrink and (MORPHARENA_REWIND) go.
//
// The inline functions are the fast paths: no lock, no call, no locked instruction.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/base/align.h"
#include "core/heap/thread_heap.h"
#include "core/heap/tuning.h"

namespace morpharena {

class ProcessHeap;

// Makes [start, end) the newest object: `end` is the new cursor.
inline void advance(ThreadHeap& heap, std::uintptr_t end) {
    heap.cursor = end;
    heap.marks.set(end);
}

// Room for `bytes` (a multiple of kGranule), or 0 when the present block has none left.
inline std::uintptr_t bump(ThreadHeap& heap, std::size_t bytes) {
    const std::uintptr_t start = heap.cursor;
    if (bytes > heap.limit - start) [[unlikely]]
        return 0;
    advance(heap, start + bytes);
    return start;
}

// The same for a small object whose size is `last` + 1; false when there is no room. Its bytes, rounded up to
// granules, are (last | 15) + 1; as they are few, cursor + bytes can't wrap, and a fast_limit of 0 refuses
// every one.
inline bool bump_small(ThreadHeap& heap, std::size_t last, std::uintptr_t& object) {
    object = heap.cursor;
    const std::uintptr_t end = object + (last | (kGranule - 1)) + 1;
    if (end > heap.fast_limit) [[unlikely]]
        return false;
    advance(heap, end);
    __builtin_prefetch(reinterpret_cast<void*>(object + kPrefetchDistance), 1);
    return true;
}

// The same at a multiple of `alignment`; `gap` tells the bytes skipped, which become an object that nobody
// has.
std::uintptr_t bump_aligned(ThreadHeap& heap, std::size_t bytes, std::size_t alignment, std::size_t& gap);

// Puts a new block with room for `bytes` at an alignment under the heap. False: memory is refused, or (mode
// adaptive) the budget is spent and the heap goes on in the pool, or this is a handler that came into a
// section of its own thread: to find a block could change the segments. Takes the lock.
bool refill(ProcessHeap& process, ThreadHeap& heap, std::size_t bytes, std::size_t alignment);
// The same for who holds the lock, and by a call of the program's.
bool refill_locked(ProcessHeap& process, ThreadHeap& heap, std::size_t bytes, std::size_t alignment);

// The largest object that is served from blocks; larger ones get a mapping of their own. A quarter of a
// block, so that a block's end wastes little.
constexpr std::size_t largest_in_block(std::size_t block_bytes) {
    return block_bytes / 4;
}

// An object in a block: where it ends, or 0 when none begins at `address`.
inline std::uintptr_t end_of_object(const BlockHeader& header, std::uintptr_t address) {
    if (address % kGranule != 0 || address < header.objects || address >= header.end) return 0;
    const Marks marks(reinterpret_cast<std::uintptr_t>(&header));
    // No mark stands behind a cursor's: there is no object there, only the place for one.
    return marks.test(address) ? marks.next(address, header.end) : 0;
}

// Whether the object [.., end) is the heap's newest.
inline bool is_newest(const ThreadHeap& heap, std::uintptr_t end) {
    return end == heap.cursor;
}

// Grows or shrinks the newest object [start, end) to `bytes` (a multiple of kGranule); false when it does not
// fit.
bool resize_newest(ThreadHeap& heap, std::uintptr_t start, std::uintptr_t end, std::size_t bytes);

// How far below the cursor the newest object may begin that a free takes back: a FILE's buffer goes, and what
// lies further down is not looked at.
inline constexpr std::size_t kRewindReach = std::size_t{64} << 10;

// Moves the bump pointer back to where the newest object began.
inline void take_back_newest(ThreadHeap& heap, std::uintptr_t object) {
    const std::uintptr_t cursor = heap.cursor;
    heap.marks.clear(cursor);
    // First, so that a handler right here does not take what is written in for zeros.
    if (cursor > heap.fresh_from) [[unlikely]] {
        heap.fresh_from = cursor;
        heap.roots->fresh_from = cursor;
    }
    std::atomic_signal_fence(std::memory_order_seq_cst);
    heap.cursor = object;
}

// No object is left in a block that has been filled: it is used again, unless a handler that came into a
// section of its own thread has freed the last one. The segments, of which the block may become one, may be
// half changed then.
void last_object_freed(ProcessHeap& process, ThreadHeap& heap, BlockHeader& block);

// A free, by the owner, of an object in a block whose frees are counted.
inline void free_in_block(ProcessHeap& process, ThreadHeap& heap, BlockHeader& block,
                          std::uintptr_t address) {
    const Marks marks(reinterpret_cast<std::uintptr_t>(&block));
    const std::uint64_t from_here = marks.from(address);
    // At the cursor only an object that has gone already can have been.
    if ((from_here & 1) == 0 || address % kGranule != 0 || address == heap.cursor) [[unlikely]] {
        heap.counters->free_invalid.add(1);
        return;
    }
    if (heap.rewind_block == &block && heap.cursor - address <= kRewindReach) {
        // Nearly every small object's end is marked in the same word.
        const std::uint64_t behind = from_here & ~std::uint64_t{1};
        const std::uintptr_t end =
            behind != 0 ? address + static_cast<std::uintptr_t>(std::countr_zero(behind)) * kGranule
                        : marks.next(address, heap.cursor);
        if (is_newest(heap, end)) {
            take_back_newest(heap, address);
            return;
        }
    }
    if (block.live.drop()) [[unlikely]]
        last_object_freed(process, heap, block);
}

// The same by another thread: one compare-and-swap.
void free_in_block_remotely(BlockHeader& block);
// For resets, which hold the lock: leaves the present block as if it were full; makes a block that was left
// the present one again.
void leave_block(ProcessHeap& process, ThreadHeap& heap);
void return_to_block(ProcessHeap& process, ThreadHeap& heap, BlockHeader& block);

// What other threads have freed, when the owner, or who may act for it, finds the block in the inbox.
void count_remote_frees(ProcessHeap& process, ThreadHeap& heap, BlockHeader& block);

// In a fork child whose ThreadHeap was wiped: goes on in the block of its roots, behind the last object
// there.
void resume_block(const ProcessHeap& process, ThreadHeap& heap);

// Bytes that this heap's objects take: what it handed out less what it took back. Large objects included.
inline std::uint64_t bytes_taken(const ThreadHeap& heap) {
    return heap.used_before + (heap.block == 0 ? 0 : heap.cursor - block_header(heap.block)->objects);
}

// Bytes of this heap's present block that are left for objects.
inline std::uint64_t bytes_left(const ThreadHeap& heap) {
    return heap.block == 0 ? 0 : block_header(heap.block)->end - heap.cursor;
}

}  // namespace morpharena
