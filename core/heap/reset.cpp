#include "core/heap/reset.h"

#include <algorithm>

#include "core/heap/arena.h"
#include "core/heap/pool.h"
#include "core/heap/process_heap.h"

namespace morpharena {

namespace {

constexpr std::uintptr_t kOneFree = 2;  // in RemoteFrees::word, above kQueued
// Added to the count of a block that a mark splits: of the objects freed before, it isn't known which stood
// above the mark, so no safe reset takes the block any more.
constexpr std::int32_t kNeverDead = 1 << 28;

std::int32_t frees_waiting(std::uintptr_t word) {
    return static_cast<std::int32_t>(word / kOneFree);
}

// What a mark's object holds. The check tells a mark that the program has written over, most likely by
// running past the object before it.
struct MarkRecord {
    std::uintptr_t previous;
    std::uint32_t large_serial;
    std::uint32_t check;
};
static_assert(sizeof(MarkRecord) == kGranule);

MarkRecord& record_at(std::uintptr_t mark) {
    return *reinterpret_cast<MarkRecord*>(mark);
}

std::uint32_t check_of(std::uintptr_t mark, const MarkRecord& record) {
    const std::uint64_t mixed = (mark ^ (record.previous << 7) ^ record.large_serial) * 0x9e3779b97f4a7c15u;
    return static_cast<std::uint32_t>(mixed >> 32);
}

BlockHeader* block_of(ProcessHeap& process, std::uintptr_t mark) {
    const OwnerMap::Entry entry = process.owners().find(mark);
    if (entry.owner() != Owner::block) return nullptr;
    BlockHeader& block = entry.as<BlockHeader>();
    const bool whole =
        end_of_object(block, mark) != 0 && record_at(mark).check == check_of(mark, record_at(mark));
    return whole ? &block : nullptr;
}

// Takes the present block's cursor down to `to`.
void rewind_present(ThreadHeap& heap, std::uintptr_t to) {
    const std::uintptr_t from = heap.cursor;
    heap.marks.clear(to + kGranule, from + kGranule);
    heap.used_before += from - to;  // what was handed out stays counted
    heap.cursor = to;
    heap.fresh_from = std::max(heap.fresh_from, from);
    heap.roots->fresh_from = heap.fresh_from;
}

void rewind_present_if_dead(ProcessHeap& process, ThreadHeap& heap) {
    if (heap.block == 0) return;
    BlockHeader& block = *block_header(heap.block);
    if (heap.cursor == block.objects || block.remote.word.load(std::memory_order_acquire) != 0) return;
    const auto objects = static_cast<std::int32_t>(heap.marks.count(block.objects, heap.cursor) - block.gaps);
    if (objects + block.live.get() != 0) return;
    rewind_present(heap, block.objects);
    block.live.set(0);
    block.gaps = 0;
    process.counters().blocks_rewound.add(1);
}

// What the reset under way has to leave, into the record.
class Pins {
  public:
    explicit Pins(ProcessHeap& process) : counters_(process.counters()), blocks_(process.pinned()) {
        counters_.pinned_blocks.set(0);
        counters_.pinned_bytes.set(0);
        counters_.pinned_objects.set(0);
        counters_.pinned_objects_most.set(0);
        blocks_.clear();
    }

    void note(const BlockHeader& block, std::int32_t live) {
        const bool known = live > 0 && live < kNeverDead / 2;
        const std::uint64_t objects = known ? static_cast<std::uint64_t>(live) : 0;
        counters_.pinned_blocks.add(1);
        counters_.pinned_bytes.add(block.bytes);
        counters_.pinned_objects.add(objects);
        counters_.pinned_objects_most.raise_to(objects);
        blocks_.note(block.bytes, objects);
    }

  private:
    ProcessCounters& counters_;
    PinnedBlocks& blocks_;
};

}  // namespace

void Resets::add(LargeHeader& large) {
    large.descriptor.serial = ++large_serial_;
    larges_.add(large);
}

void Resets::park(ProcessHeap& process, LargeHeader& large) {
    larges_.remove(large);
    const NotedRange range = noted_range(large);
    process.owners().note(range.start, range.bytes, &no_object().descriptor);
    large.older = parked_;
    parked_ = &large;
}

void Resets::return_parked(ProcessHeap& process) {
    while (parked_ != nullptr) {
        LargeHeader& large = *parked_;
        parked_ = large.older;
        process.counters().large_rewound.add(1);
        process.keep_large(large);
    }
}

void Resets::take_block(ProcessHeap& process, BlockHeader& block) {
    blocks_.remove(block);
    process.counters().blocks_rewound.add(1);
    process.keep_empty(block);
}

// The inbox of a thread that may be idle for long. What is not dead goes back as it was, slabs too.
std::size_t Resets::take_from_inbox(ProcessHeap& process, HeapRoots& roots) {
    std::size_t taken = 0;
    RemoteFrees* remote = roots.inbox.exchange(nullptr, std::memory_order_acquire);
    while (remote != nullptr) {
        RemoteFrees* next = remote->next_in_inbox;
        auto& block = reinterpret_cast<BlockHeader&>(remote->descriptor());
        std::uintptr_t word = remote->word.load(std::memory_order_acquire);
        // When the exchange succeeds, as many frees wait as the owner counted objects a moment ago, and its
        // count only falls: none is left, and it is not in the middle of counting either.
        const bool dead = block.descriptor.kind == Owner::block && block.retired &&
                          block.live.get_acquire() == frees_waiting(word) &&
                          remote->word.compare_exchange_strong(word, 0, std::memory_order_acq_rel);
        if (dead) {
            take_block(process, block);
            ++taken;
        } else {
            send(&roots, *remote);
        }
        remote = next;
    }
    return taken;
}

// Left blocks in which nothing is live, and in a fork child those of threads that stayed behind: nobody reads
// their inboxes, so the frees that wait there are counted here. In mode adaptive the last free of a block
// takes it back, and nobody else may: there they are only looked at.
std::size_t Resets::take_dead_blocks(ProcessHeap& process, const ThreadHeap& heap) {
    const bool may_take = process.config().mode.value == Mode::arena;
    std::size_t taken = 0;
    Pins pins(process);
    for (BlockHeader* block = blocks_.newest(); block != nullptr;) {
        BlockHeader* older = block->older;
        if (block->retired) {
            const ThreadHeap* owner = block->owner.load(std::memory_order_relaxed);
            const std::uintptr_t word = block->remote.word.load(std::memory_order_acquire);
            const std::int32_t live = block->live.get_acquire() - frees_waiting(word);
            const bool nobody_links_it = word == 0 || (owner != &heap && owner->roots == nullptr);
            if (may_take && live == 0 && nobody_links_it) {
                take_block(process, *block);
                ++taken;
            } else if (live != 0) {
                pins.note(*block, live);
            }
        }
        block = older;
    }
    return taken;
}

std::size_t Resets::reset_safely(ProcessHeap& process, ThreadHeap& heap) {
    if (!process.resets_safely()) return 0;
    std::size_t taken = 0;
    // What waits in this heap's own inbox, slabs included, is counted as at any refill.
    read_inbox(process, heap);
    process.for_each_other_heap(heap,
                                [&](ThreadHeap& other) { taken += take_from_inbox(process, *other.roots); });
    rewind_present_if_dead(process, heap);
    taken += take_dead_blocks(process, heap);
    return_parked(process);
    process.trim_empty_blocks();
    return taken;
}

void Resets::honour(ProcessHeap& process, ThreadHeap& heap) {
    const std::uint64_t asked = asked_.load(std::memory_order_relaxed);
    if (heap.roots->resets_seen == asked) return;
    heap.roots->resets_seen = asked;
    if (process.config().reset.value == Reset::none) return;
    if (honoured_ != asked) {
        process.counters().resets_asked.add(asked - honoured_);
        process.counters().resets.add(1);
        honoured_ = asked;
    }
    if (process.config().reset.value == Reset::force) {
        force(process, heap);
    } else {
        reset_safely(process, heap);
    }
}

std::uintptr_t Resets::make_mark(ProcessHeap& process, ThreadHeap& heap) {
    if (process.config().mode.value != Mode::arena) return 0;
    HeapRoots& roots = *heap.roots;
    const std::uintptr_t last = roots.last_mark;
    if (last != 0 && heap.cursor == last + kGranule && record_at(last).large_serial == large_serial_)
        return last;
    std::uintptr_t mark = bump(heap, kGranule);
    if (mark == 0 && refill_locked(process, heap, kGranule, kGranule)) mark = bump(heap, kGranule);
    if (mark == 0) return 0;
    // It counts as an object that is never freed: a block with a mark in it is not dead.
    if (process.tracked()) heap.counters->gap_bytes.add(kGranule);
    record_at(mark) = {last, large_serial_, 0};
    record_at(mark).check = check_of(mark, record_at(mark));
    roots.last_mark = mark;
    return mark;
}

// The blocks that this heap has taken since `last` became its present one; all when it is null. The present
// block is not among them.
std::size_t Resets::take_newer(ProcessHeap& process, ThreadHeap& heap, const BlockHeader* last) {
    std::size_t taken = 0;
    for (BlockHeader* block = blocks_.newest(); block != nullptr && block != last;) {
        BlockHeader* older = block->older;
        const bool own = block->retired && block->owner.load(std::memory_order_relaxed) == &heap;
        // One that stands in an inbox after this heap's was read is being freed into by another thread now.
        if (own && block->remote.word.load(std::memory_order_acquire) == 0) {
            take_block(process, *block);
            ++taken;
        }
        block = older;
    }
    return taken;
}

void Resets::take_newer_large(ProcessHeap& process, const ThreadHeap& heap, std::uint32_t serial) {
    for (LargeHeader* large = larges_.newest(); large != nullptr;) {
        LargeHeader* older = large->older;
        if (static_cast<std::int32_t>(large->descriptor.serial - serial) <= 0) break;
        if (large->owner == &heap) {
            larges_.remove(*large);
            process.counters().large_rewound.add(1);
            process.keep_large(*large);
        }
        large = older;
    }
}

bool Resets::reset_to_mark(ProcessHeap& process, ThreadHeap& heap, std::uintptr_t mark) {
    BlockHeader* target = nullptr;
    for (std::uintptr_t at = heap.roots->last_mark; at != 0; at = record_at(at).previous) {
        BlockHeader* block = block_of(process, at);
        if (block == nullptr) break;
        if (at == mark) target = block;
        if (at == mark) break;
    }
    if (target == nullptr) {
        process.counters().resets_refused.add(1);
        return false;
    }
    read_inbox(process, heap);
    if (target != block_header(heap.block)) {
        leave_block(process, heap);
        take_newer(process, heap, target);
        return_to_block(process, heap, *target);
    }
    rewind_present(heap, mark + kGranule);
    if (process.counts_block_frees() && target->live.get() < kNeverDead / 2) target->live.add(kNeverDead);
    take_newer_large(process, heap, record_at(mark).large_serial);
    return_parked(process);
    heap.roots->last_mark = mark;
    process.counters().resets.add(1);
    return true;
}

// All that this thread had left when it was asked, back to its last mark. Its present block stays: what was
// made there after the request can't be told from what was made before.
void Resets::force(ProcessHeap& process, ThreadHeap& heap) {
    const std::uintptr_t mark = heap.roots->last_mark;
    const BlockHeader* last = mark == 0 ? nullptr : block_of(process, mark);
    if (mark != 0 && last == nullptr) {
        process.counters().resets_refused.add(1);
        return;
    }
    take_newer(process, heap, last);
    take_newer_large(process, heap, mark == 0 ? 0 : record_at(mark).large_serial);
    process.trim_empty_blocks();
}

}  // namespace morpharena
