// What a thread allocates from. It outlives the thread: when that has ended, the next thread that needs a
// heap, or runs short of memory, takes it over with all that is in it.
//
// A heap is in two parts. ThreadHeap is what the fast paths touch; it lies in pages that the kernel wipes in
// a fork child, so that a child finds every limit 0 and every pointer null and takes the slow path at its
// first call, however it was forked. HeapRoots lies in ordinary memory and is what the child goes on with.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/base/size_classes.h"
#include "core/heap/block.h"
#include "core/heap/slab.h"
#include "core/observe/counters.h"
#include "core/observe/profile_hooks.h"

namespace morpharena {

struct HeapRoots;

struct ThreadHeap {
    // The fast path of malloc. [cursor, limit) is free. What the fast path goes by is 0 in an unborn or wiped
    // heap, and where calls are counted: it counts nothing, so there every call goes the slow way.
    std::uintptr_t cursor = 0;
    std::uintptr_t fast_limit = 0;
    Marks marks;
    std::uintptr_t limit = 0;
    ThreadCounters* counters = nullptr;  // in the record, or own_counters; null: unborn or wiped
    // The fast path of the pool: the present slab for each number of granules (less one); null where the
    // class has none, in arena mode, and where calls are counted.
    Slab* direct[kSmallLimit / kGranule] = {};
    // The fast path of free: where to look up the owner; empty, so that every free goes the slow way, where
    // calls are counted and until something has been allocated. The present block, where the newest object's
    // free takes the cursor back; else null. And whether a free of an object of ours changes nothing.
    OwnerMap::Window owners;
    BlockHeader* rewind_block = nullptr;
    bool free_does_nothing = false;

    bool uses_pool = false;  // new objects come from the pool
    bool pool_fast = false;  // and `direct` is kept filled

    // Objects at and above this address have never been written: the kernel's zeros are still there.
    std::uintptr_t fresh_from = 0;
    std::uintptr_t block = 0;
    HeapRoots* roots = nullptr;

    // For live bytes, where they are tracked: what was taken before the present block, what of this heap's
    // balance the process's total already knows.
    std::uint64_t used_before = 0;
    std::int64_t published = 0;

    ProfileThread profile;

    // The thread that allocates here; 0: unknown, never taken over.
    std::atomic<int> thread{0};
    ThreadHeap* older = nullptr;  // the list of heaps, newest start first
    ThreadHeap* newer = nullptr;

    ThreadCounters own_counters;

    bool alive() const { return counters != nullptr; }
};

struct HeapRoots {
    std::uintptr_t block = 0;  // the present block, 0: none
    // As in the heap, noted when the block became the present one and whenever memory is taken back.
    std::uintptr_t fresh_from = 0;
    std::uint64_t blocks_taken = 0;
    // The newest mark, 0: none; and how many requests for a reset this heap has seen (reset.h).
    std::uintptr_t last_mark = 0;
    std::uint64_t resets_seen = 0;

    // The pool's slabs, by class: the one that is allocated from, and those with room (pool.h).
    Slab* present[kSizeClasses] = {};
    Slab* listed[kSizeClasses] = {};
    Slab* listed_last[kSizeClasses] = {};
    // The last few spans freed, for the next objects of that size: a vector that grows comes by again and
    // again, and the lock and its two system calls are spared. The oldest first.
    static constexpr std::size_t kSpansKept = 8;
    Slab* spans[kSpansKept] = {};
    // Slabs and blocks of this heap into which other threads have freed; pushed by them.
    alignas(64) std::atomic<RemoteFrees*> inbox{nullptr};
};

// Puts what has got kQueued from the calling thread into its owner's inbox. `roots` is null in a fork child,
// for the heap of a thread that stayed behind: nobody reads its inbox.
inline void send(HeapRoots* roots, RemoteFrees& remote) {
    if (roots == nullptr) return;
    RemoteFrees* inbox = roots->inbox.load(std::memory_order_relaxed);
    do {
        remote.next_in_inbox = inbox;
    } while (!roots->inbox.compare_exchange_weak(inbox, &remote, std::memory_order_release,
                                                 std::memory_order_relaxed));
}

// Heaps stand in sets: a half that fork wipes with kHeapsPerSet heaps, then an ordinary half with their
// roots. A heap has a page of its own, so that no two threads write one cache line.
inline constexpr std::size_t kHeapSetHalf = std::size_t{64} << 10;
inline constexpr std::size_t kHeapStride = 4096;
inline constexpr std::size_t kHeapsPerSet = kHeapSetHalf / kHeapStride;
static_assert(sizeof(ThreadHeap) <= kHeapStride);

// The heap of a thread that has not allocated yet: its limit sends every call to the slow path.
extern constinit ThreadHeap unborn_heap;

// Initial-exec: no call, no allocation, 16 bytes of the static TLS block. The second is read on slow paths
// only; it is what a fork child, whose ThreadHeap was wiped, has of the thread's past.
extern constinit thread_local ThreadHeap* current_heap __attribute__((tls_model("initial-exec")));
extern constinit thread_local HeapRoots* current_roots __attribute__((tls_model("initial-exec")));

}  // namespace morpharena
