#include "core/heap/pool.h"

#include <algorithm>

#include "core/base/size_classes.h"
#include "core/heap/arena.h"
#include "core/heap/pool_check.h"
#include "core/heap/process_heap.h"

namespace morpharena {

namespace {

// A slab holds at least so many objects (more than one, or full and empty would be one state), so it takes
// more units the larger they are: 1 up to 8 KiB, 4 at 32 KiB.
constexpr std::size_t kLeastObjects = 8;

// Fresh objects are put on the free list so many bytes at a time: never a page that may not be needed.
constexpr std::size_t kThreadedBytes = 4096;

constexpr std::size_t units_of_class(std::size_t bytes) {
    return (std::max(bytes * kLeastObjects, kUnit) + kUnit - 1) / kUnit;
}

void set_present(ThreadHeap& heap, std::size_t index, Slab* slab) {
    heap.roots->present[index] = slab;
    if (!heap.pool_fast) return;
    // The fast path looks the slab up by granules: all sizes of a class have the same one.
    const std::size_t high = class_bytes(index);
    if (high > kSmallLimit) return;
    const std::size_t low = index == 0 ? 0 : class_bytes(index - 1);
    for (std::size_t granules = low / kGranule + 1; granules <= high / kGranule; ++granules) {
        heap.direct[granules - 1] = slab;
    }
}

// At the end: by the time it is its turn, more of it will have been freed, and one refill serves more calls.
// Listed at the front, sizes of 8 to 1,000 bytes with exponential lifetimes took 1.3 times as long as with
// mimalloc.
void list(HeapRoots& roots, Slab& slab) {
    Slab*& last = roots.listed_last[slab.size_class];
    slab.wake_at(0);
    slab.next = nullptr;
    slab.previous = last;
    (last != nullptr ? last->next : roots.listed[slab.size_class]) = &slab;
    last = &slab;
}

void unlist(HeapRoots& roots, Slab& slab) {
    (slab.previous != nullptr ? slab.previous->next : roots.listed[slab.size_class]) = slab.next;
    (slab.next != nullptr ? slab.next->previous : roots.listed_last[slab.size_class]) = slab.previous;
}

bool is_full(const Slab& slab) {
    return slab.wake != 0 && slab.wake != kNeverWake;
}

// Puts fresh objects on an empty free list. False when all have been there already.
bool thread_more(Slab& slab) {
    const std::uint32_t threaded = slab.threaded.load(std::memory_order_relaxed);
    if (threaded == slab.capacity) return false;
    const std::size_t batch = std::max<std::size_t>(kThreadedBytes / slab.object_bytes, 1);
    const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(batch, slab.capacity - threaded));
    const std::uintptr_t first = slab.start + std::uintptr_t{threaded} * slab.object_bytes;
    std::uintptr_t object = first;
    for (std::uint32_t i = 1; i < count; ++i, object += slab.object_bytes) {
        *reinterpret_cast<std::uintptr_t*>(object) = object + slab.object_bytes;
    }
    *reinterpret_cast<std::uintptr_t*>(object) = 0;
    // In this order, so that a child forked by a handler right here finds a whole chain or none.
    slab.threaded.store(threaded + count, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    slab.free = first;
    return true;
}

// Takes what other threads have freed into the slab's own list; how many that were. Whether the slab stands
// in an inbox stays as it is, or (`unqueue`) ends with this.
std::uint32_t collect_remote(ProcessHeap& process, Slab& slab, bool unqueue = false) {
    std::uintptr_t word = slab.remote.word.load(std::memory_order_relaxed);
    if (word == 0) return 0;
    while (!slab.remote.word.compare_exchange_weak(word, unqueue ? 0 : word & kQueued,
                                                   std::memory_order_acq_rel, std::memory_order_relaxed)) {
    }
    std::uintptr_t object = word & ~kQueued;
    std::uint32_t count = 0;
    const bool checked = process.checks().on();
    if (checked) cut_torn_list(process, slab, object);
    while (object != 0) {
        const std::uintptr_t next = *reinterpret_cast<std::uintptr_t*>(object);
        if (checked) seal_freed(object, slab.free);
        *reinterpret_cast<std::uintptr_t*>(object) = slab.free;
        slab.free = object;
        object = next;
        ++count;
    }
    slab.until_wake -= count;
    return count;
}

bool may_release(const Slab& slab) {
    return slab.used() == 0 && (slab.remote.word.load(std::memory_order_acquire) & kQueued) == 0;
}

void release_slab(ProcessHeap& process, Slab& slab) {
    const os::QuickSection section(process.lock());
    process.counters().slabs_released.add(1);
    process.segments().release(process.supply(), process.owners(), slab);
    process.note_pool_bytes();
}

void take_out_of_inbox(ProcessHeap& process, HeapRoots& roots, Slab& slab) {
    const std::uint32_t count = collect_remote(process, slab, true);
    if (is_full(slab) && count != 0) list(roots, slab);
    if (slab.wake != 0 || !may_release(slab)) return;
    unlist(roots, slab);
    release_slab(process, slab);
}

// The present slab has nothing left: nobody lists it until something of it is freed.
void leave_present(ThreadHeap& heap, std::size_t index) {
    Slab* slab = heap.roots->present[index];
    if (slab == nullptr) return;
    slab->wake_at(slab->capacity - 1);
    set_present(heap, index, nullptr);
}

Slab* new_slab(ProcessHeap& process, ThreadHeap& heap, std::size_t units, std::size_t bytes,
               std::uint16_t index) {
    Slab* slab = process.take_units(heap, units);
    if (slab == nullptr) return nullptr;
    const os::QuickSection section(process.lock());
    process.counters().slabs.add(1);
    process.note_pool_bytes();
    process.open_window(heap, slab->start);
    if (process.checks().on()) process.checks().forget(slab->start, slab->units * kUnit);
    slab->descriptor.frees_to = frees_to_slab(&heap);
    slab->free = 0;
    slab->until_wake = 0;
    slab->wake = 0;
    slab->object_bytes = static_cast<std::uint32_t>(bytes);
    slab->capacity = static_cast<std::uint32_t>(slab->units * kUnit / bytes);
    slab->threaded.store(0, std::memory_order_relaxed);
    slab->size_class = index;
    slab->remote.word.store(0, std::memory_order_relaxed);
    return slab;
}

// Keeps a span of this heap that is free, in place of the oldest one.
void keep_span(ProcessHeap& process, HeapRoots& roots, Slab& slab) {
    Slab* oldest = roots.spans[0];
    for (std::size_t i = 1; i < HeapRoots::kSpansKept; ++i) roots.spans[i - 1] = roots.spans[i];
    roots.spans[HeapRoots::kSpansKept - 1] = &slab;
    if (oldest != nullptr) release_slab(process, *oldest);
}

// The newest kept span of that many units, or nullptr. Those in front of it move up, so that the free place
// is the first.
Slab* take_kept_span(HeapRoots& roots, std::size_t units) {
    for (std::size_t i = HeapRoots::kSpansKept; i-- > 0;) {
        Slab* slab = roots.spans[i];
        if (slab == nullptr) return nullptr;
        if (slab->units != units) continue;
        for (; i > 0; --i) roots.spans[i] = roots.spans[i - 1];
        roots.spans[0] = nullptr;
        slab->zeroed = false;
        return slab;
    }
    return nullptr;
}

std::uintptr_t make_span(ProcessHeap& process, ThreadHeap& heap, std::size_t size) {
    process.honour_reset(heap);
    const std::size_t units = (size + kUnit - 1) / kUnit;
    Slab* slab = take_kept_span(*heap.roots, units);
    if (slab == nullptr) slab = new_slab(process, heap, units, units * kUnit, kSpanClass);
    if (slab == nullptr) return 0;
    slab->until_wake = 1;
    slab->wake = 0;
    slab->free = 0;  // a kept one had its object there
    return slab->start;
}

// A slab of the class with an object to give, made the present one; nullptr when memory is refused.
Slab* refill_class(ProcessHeap& process, ThreadHeap& heap, std::size_t index) {
    process.honour_reset(heap);
    HeapRoots& roots = *heap.roots;
    Slab* slab = roots.present[index];
    if (slab != nullptr && (collect_remote(process, *slab) != 0 || thread_more(*slab))) return slab;
    leave_present(heap, index);
    read_inbox(process, heap);
    slab = roots.listed[index];
    if (slab != nullptr) {
        unlist(roots, *slab);
        if (slab->free == 0) thread_more(*slab);
    } else {
        const std::size_t bytes = class_bytes(index);
        slab = new_slab(process, heap, units_of_class(bytes), bytes, static_cast<std::uint16_t>(index));
        if (slab == nullptr) return nullptr;
        thread_more(*slab);
    }
    slab->wake_at(kNeverWake);
    set_present(heap, index, slab);
    return slab;
}

}  // namespace

std::uintptr_t pool_make(ProcessHeap& process, ThreadHeap& heap, std::size_t size) {
    if (size > kLargestSlabObject) return make_span(process, heap, size);
    const std::size_t index = size_class(size);
    Slab* slab = heap.roots->present[index];
    if (slab == nullptr || slab->free == 0) slab = refill_class(process, heap, index);
    if (slab == nullptr) return 0;
    return process.checks().on() ? pop_checked(process, *slab) : pop(*slab);
}

void read_inbox(ProcessHeap& process, ThreadHeap& heap) {
    RemoteFrees* remote = heap.roots->inbox.exchange(nullptr, std::memory_order_acquire);
    while (remote != nullptr) {
        // Read before kQueued is taken away: from then on another thread may put it into the inbox again.
        RemoteFrees* next = remote->next_in_inbox;
        Descriptor& descriptor = remote->descriptor();
        if (descriptor.kind == Owner::slab) {
            take_out_of_inbox(process, *heap.roots, reinterpret_cast<Slab&>(descriptor));
        } else {
            count_remote_frees(process, heap, reinterpret_cast<BlockHeader&>(descriptor));
        }
        remote = next;
    }
}

void slab_woke(ProcessHeap& process, ThreadHeap& heap, Slab& slab) {
    HeapRoots& roots = *heap.roots;
    if (is_full(slab)) {
        list(roots, slab);
        return;
    }
    // In a handler that came into the middle of something: the memory stays where it is.
    if (process.interrupted()) return;
    // Empty. A slab that stands in the inbox goes when that is read.
    if (slab.size_class == kSpanClass) {
        keep_span(process, roots, slab);
    } else if (may_release(slab)) {
        unlist(roots, slab);
        release_slab(process, slab);
    }
}

void push_remote(ProcessHeap& process, Slab& slab, std::uintptr_t object) {
    if (slab.size_class == kSpanClass) {
        // One object, and it is gone: there is nothing for the owner to do.
        if (!process.interrupted()) release_slab(process, slab);
        return;
    }
    // Read before the push: afterwards the slab may be empty and its units somebody else's.
    HeapRoots* roots = slab.owner()->roots;
    std::uintptr_t word = slab.remote.word.load(std::memory_order_relaxed);
    do {
        *reinterpret_cast<std::uintptr_t*>(object) = word & ~kQueued;
    } while (!slab.remote.word.compare_exchange_weak(word, object | kQueued, std::memory_order_acq_rel,
                                                     std::memory_order_relaxed));
    if ((word & kQueued) == 0) send(roots, slab.remote);
}

bool grow_span(ProcessHeap& process, Slab& slab, std::size_t size) {
    const std::size_t units = (size + kUnit - 1) / kUnit;
    if (units > kLargestSpan / kUnit) return false;
    if (process.interrupted()) return false;
    const os::QuickSection section(process.lock());
    if (!process.segments().extend(process.owners(), slab, units - slab.units)) return false;
    slab.object_bytes = static_cast<std::uint32_t>(units * kUnit);
    return true;
}

std::size_t object_bytes(const Slab& slab, std::uintptr_t address) {
    const std::uintptr_t offset = address - slab.start;
    const bool begins = offset % slab.object_bytes == 0 &&
                        offset / slab.object_bytes < slab.threaded.load(std::memory_order_relaxed);
    return begins || (slab.size_class == kSpanClass && offset == 0) ? slab.object_bytes : 0;
}

void resume_pool(ThreadHeap& heap) {
    for (std::size_t i = 0; i < kSizeClasses; ++i) {
        if (heap.roots->present[i] != nullptr) set_present(heap, i, heap.roots->present[i]);
    }
}

void give_up_empty_slabs(ProcessHeap& process, ThreadHeap& heap) {
    HeapRoots& roots = *heap.roots;
    read_inbox(process, heap);
    for (Slab*& span : roots.spans) {
        if (span != nullptr) release_slab(process, *span);
        span = nullptr;
    }
    for (std::size_t i = 0; i < kSizeClasses; ++i) {
        Slab* slab = roots.present[i];
        if (slab == nullptr) continue;
        collect_remote(process, *slab);
        if (!may_release(*slab)) continue;
        set_present(heap, i, nullptr);
        release_slab(process, *slab);
    }
}

}  // namespace morpharena
