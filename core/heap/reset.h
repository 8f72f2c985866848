// Resets of the arena: `safe` takes only memory in which every object has been freed, `force` everything back
// to a mark. Neither clears memory: a block is an entry in a list until it is taken again.
//
// A request is raised by a signal handler with one atomic operation. Each thread honours it when it next
// needs a block, a slab or a large object; it then acts for all threads, but for their present blocks and
// their inboxes' order:
//   present block  only its own thread rewinds it
//   left block     dead when `live` (written by its owner alone) and the frees of other threads, which wait
//                  in `remote`, cancel out; both only fall, so whoever holds the lock may see it
//   in an inbox    whoever takes the inbox has what stands in it to himself; what is not dead is sent back,
//                  so that a block is never released while another thread may link it
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/base/age_list.h"
#include "core/config/config.h"
#include "core/heap/block.h"
#include "core/heap/large.h"

namespace morpharena {

class ProcessHeap;
struct HeapRoots;
struct ThreadHeap;

class Resets {
  public:
    constexpr Resets() = default;

    // Async-signal-safe.
    void ask() { asked_.fetch_add(1, std::memory_order_relaxed); }
    std::uint64_t asked() const { return asked_.load(std::memory_order_relaxed); }

    // All of the following change shared state: callers hold the process's lock.

    // Does what was asked for since this heap last looked, by MORPHARENA_RESET.
    void honour(ProcessHeap& process, ThreadHeap& heap);
    // Takes all dead memory of all heaps; how many blocks that were.
    std::size_t reset_safely(ProcessHeap& process, ThreadHeap& heap);

    // The present place of the heap's arena, as an object that nobody has and that keeps its block; 0 when
    // memory is refused or the heap is in no arena. Two in a row are one.
    std::uintptr_t make_mark(ProcessHeap& process, ThreadHeap& heap);
    // Takes back everything that the heap has made since; the mark stays, younger ones end. False, and
    // nothing has changed, when it is none of this heap's marks (another thread's, ended, or written over).
    bool reset_to_mark(ProcessHeap& process, ThreadHeap& heap, std::uintptr_t mark);

    // Blocks and large objects come and go.
    void add(BlockHeader& block) { blocks_.add(block); }
    void remove(BlockHeader& block) { blocks_.remove(block); }
    void add(LargeHeader& large);
    void large_moved(LargeHeader& large) { larges_.moved(large); }
    // A large object was freed: it stays until a reset, and no object is there any more.
    void park(ProcessHeap& process, LargeHeader& large);

  private:
    std::size_t take_dead_blocks(ProcessHeap& process, const ThreadHeap& heap);
    std::size_t take_from_inbox(ProcessHeap& process, HeapRoots& roots);
    void take_block(ProcessHeap& process, BlockHeader& block);
    std::size_t take_newer(ProcessHeap& process, ThreadHeap& heap, const BlockHeader* last);
    void take_newer_large(ProcessHeap& process, const ThreadHeap& heap, std::uint32_t serial);
    void force(ProcessHeap& process, ThreadHeap& heap);
    void return_parked(ProcessHeap& process);

    std::atomic<std::uint64_t> asked_{0};
    std::uint64_t honoured_ = 0;
    AgeList<BlockHeader> blocks_;
    AgeList<LargeHeader> larges_;
    LargeHeader* parked_ = nullptr;
    std::uint32_t large_serial_ = 0;
};

}  // namespace morpharena
