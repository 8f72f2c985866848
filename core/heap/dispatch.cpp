#include "core/heap/dispatch.h"

#include <errno.h>
#include <string.h>

#include <algorithm>

#include "core/heap/large.h"
#include "core/heap/live.h"
#include "core/heap/system.h"

// glibc's own names for its allocator: a pointer that is not ours was most likely made by it, inside a library that was
// loaded with RTLD_DEEPBIND, or by the loader.
extern "C" {
void __libc_free(void* pointer);
void* __libc_realloc(void* pointer, std::size_t size);
}

namespace morpharena {

constinit NextAllocator next_allocator;

namespace {

std::uintptr_t address_of(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }
void* pointer_to(std::uintptr_t address) { return reinterpret_cast<void*>(address); }

void* fail(ThreadHeap* heap) {
    if (heap != nullptr) heap->counters->failed_calls.add(1);
    errno = ENOMEM;
    return nullptr;
}

bool served_by_next() {
    return process_heap.config().mode.value == Mode::system && next_allocator.found();
}

// --- counting ---------------------------------------------------------------------------------------------------

void count_object(ThreadCounters& counters, std::size_t size) {
    counters.bytes_asked.add(size);
    if (size <= kSmallLimit) {
        counters.small_objects[granules_of(size)].add(1);
    } else {
        counters.medium_objects[medium_class(size)].add(1);
        counters.medium_bytes[medium_class(size)].add(size);
    }
}

// What objects of this size take by their class alone; the rest is counted in medium_bytes_used.
std::size_t bytes_by_class(std::size_t size) { return size <= kSmallLimit ? granules_of(size) * kGranule : 0; }

void count_block_object(ThreadHeap& heap, std::size_t size) {
    count_object(*heap.counters, size);
    heap.counters->medium_bytes_used.add(granules_of(size) * kGranule - bytes_by_class(size));
}

void count_large_object(ThreadHeap& heap, const LargeHeader& header, std::size_t size) {
    count_object(*heap.counters, size);
    heap.counters->large_objects_made.add(1);
    // A small object can be here for its alignment; what its class stands for must not be counted twice.
    heap.counters->large_bytes_used.add(header.mapped - bytes_by_class(size));
    heap.used_before += header.mapped;
}

// --- objects of our own -----------------------------------------------------------------------------------------

std::uintptr_t make_in_block(ThreadHeap& heap, std::size_t size, std::size_t alignment) {
    const std::size_t bytes = granules_of(size) * kGranule;
    std::size_t gap = 0;
    std::uintptr_t object = alignment <= kGranule ? bump(heap, bytes) : bump_aligned(heap, bytes, alignment, gap);
    if (object == 0) {
        if (!refill(process_heap, heap, bytes, alignment)) return 0;
        object = alignment <= kGranule ? bump(heap, bytes) : bump_aligned(heap, bytes, alignment, gap);
        if (process_heap.tracked()) process_heap.publish_live(heap, live_of(heap));
    }
    if (object == 0) return 0;
    heap.counters->gap_bytes.add(gap);
    count_block_object(heap, size);
    return object;
}

std::uintptr_t make_mapped(ThreadHeap& heap, std::size_t size, std::size_t alignment) {
    const os::LockedSection section(process_heap.lock());
    const LargeHeader* header = make_large(process_heap.supply(), process_heap.owners(), size, alignment, &heap);
    if (header == nullptr) return 0;
    count_large_object(heap, *header, size);
    if (process_heap.tracked()) process_heap.publish_live(heap, live_of(heap));
    process_heap.sample_if_grown();
    return header->object;
}

// Any object of ours; 0 when memory is refused. size <= kMaxRequest.
std::uintptr_t make(ThreadHeap& heap, std::size_t size, std::size_t alignment) {
    const std::size_t most = largest_in_block(process_heap.config().block_size.value);
    const bool fits = size <= most && alignment <= most && size + alignment <= most + kGranule;
    return fits ? make_in_block(heap, size, alignment) : make_mapped(heap, size, alignment);
}

// Whether `object` holds the kernel's zeros still: its memory has not been given out before.
bool is_fresh(const ThreadHeap& heap, std::uintptr_t object) {
    const OwnerMap::Entry entry = process_heap.owners().find(object);
    if (entry.owner() != Owner::block) return true;
    return object >= heap.fresh_from;
}

// What is at an address: the bytes from there that its object takes, and who made it; bytes 0: no object begins there.
struct Found {
    std::size_t usable;
    std::size_t taken;  // as counted when it was made
    ThreadHeap* owner;
};

Found find_object(std::uintptr_t address, OwnerMap::Entry entry) {
    if (entry.owner() == Owner::block) {
        const std::uintptr_t block = align_down(address, entry.region_bytes());
        const std::uintptr_t end = end_of_object(block, address);
        if (end == 0) return {};
        return {end - address, end - address, block_header(block)->owner.load(std::memory_order_relaxed)};
    }
    const LargeHeader* header = large_header(address, entry);
    return header == nullptr ? Found{} : Found{header->usable(), header->mapped, header->owner};
}

void take_back_newest(ThreadHeap& heap, std::uintptr_t object, std::uintptr_t end) {
    resize_newest(heap, object, end, 0);
    heap.counters->bytes_rewound.add(end - object);
}

void release_ours(ThreadHeap& heap, std::uintptr_t address, OwnerMap::Entry entry) {
    const Found found = find_object(address, entry);
    if (found.usable == 0) {
        heap.counters->free_invalid.add(1);
        return;
    }
    if (!process_heap.tracked() && !process_heap.config().rewind.value) return;
    const bool newest = entry.owner() == Owner::block && is_newest(heap, address + found.usable);
    if (process_heap.tracked()) {
        if (newest) heap.counters->free_newest.add(1);
        if (found.owner != &heap) heap.counters->free_cross_thread.add(1);
        note_freed(process_heap, heap, found.taken);
    }
    if (newest && process_heap.config().rewind.value) take_back_newest(heap, address, address + found.usable);
}

// --- realloc ----------------------------------------------------------------------------------------------------

void* move_object(ThreadHeap& heap, std::uintptr_t old_object, const Found& old, std::size_t size) {
    const std::uintptr_t object = make(heap, size, kGranule);
    if (object == 0) return fail(&heap);
    const std::size_t kept = std::min(old.usable, size);
    memcpy(pointer_to(object), pointer_to(old_object), kept);
    heap.counters->realloc_copied.add(1);
    heap.counters->realloc_copied_bytes.add(kept);
    if (process_heap.tracked()) note_freed(process_heap, heap, old.taken);
    return pointer_to(object);
}

void count_resize(ThreadHeap& heap, std::size_t before, std::size_t after, Counter& grown) {
    if (after > before) {
        grown.add(after - before);
    } else {
        heap.counters->bytes_shrunk.add(before - after);
    }
}

void* resize_in_block(ThreadHeap& heap, std::uintptr_t object, const Found& found, std::size_t size) {
    const std::size_t bytes = granules_of(size) * kGranule;
    const std::uintptr_t end = object + found.usable;
    if (is_newest(heap, end) && resize_newest(heap, object, end, bytes)) {
        count_resize(heap, found.usable, bytes, heap.counters->medium_bytes_used);
    } else if (bytes > found.usable) {
        return move_object(heap, object, found, size);
    }
    if (size > found.usable) heap.counters->bytes_asked.add(size - found.usable);
    heap.counters->realloc_in_place.add(1);
    return pointer_to(object);
}

void* resize_mapped(ThreadHeap& heap, std::uintptr_t object, const Found& found, std::size_t size) {
    LargeHeader* header = large_header(object, process_heap.owners().find(object));
    {
        const os::LockedSection section(process_heap.lock());
        header = resize_large(process_heap.supply(), process_heap.owners(), header, size);
        if (header != nullptr) {
            count_resize(heap, found.taken, header->mapped, heap.counters->large_bytes_used);
            heap.used_before += header->mapped - found.taken;
            process_heap.sample_if_grown();
        }
    }
    if (header == nullptr) return move_object(heap, object, found, size);
    if (size > found.usable) heap.counters->bytes_asked.add(size - found.usable);
    Counter& kind = header->object == object ? heap.counters->realloc_in_place : heap.counters->realloc_remapped;
    kind.add(1);
    if (process_heap.tracked()) process_heap.publish_live(heap, live_of(heap));
    return pointer_to(header->object);
}

// --- the next allocator -----------------------------------------------------------------------------------------

// Counts an object that the next allocator made; its usable size is asked for only where somebody will read it.
void* count_next(ThreadHeap& heap, void* pointer, std::size_t size) {
    if (pointer == nullptr) {
        heap.counters->failed_calls.add(1);
        return nullptr;
    }
    count_object(*heap.counters, size);
    const std::size_t taken = process_heap.tracked() ? next_allocator.usable_size(pointer) : granules_of(size) * kGranule;
    heap.counters->medium_bytes_used.add(taken - bytes_by_class(size));
    heap.used_before += taken;
    return pointer;
}

void* reallocate_next(ThreadHeap& heap, void* pointer, std::size_t size) {
    const std::size_t before = next_allocator.usable_size(pointer);
    const bool tracked = process_heap.tracked();
    if (tracked) process_heap.publish_live(heap, live_of(heap));
    void* result = next_allocator.realloc(pointer, size);
    if (result == nullptr) {
        heap.counters->failed_calls.add(1);
        return nullptr;
    }
    if (result == pointer) {
        const std::size_t after = next_allocator.usable_size(result);
        count_resize(heap, before, after, heap.counters->medium_bytes_used);
        heap.used_before += after - before;
        if (size > before) heap.counters->bytes_asked.add(size - before);
        heap.counters->realloc_in_place.add(1);
        return result;
    }
    heap.counters->realloc_copied.add(1);
    heap.counters->realloc_copied_bytes.add(std::min(before, size));
    if (tracked) heap.counters->bytes_freed.add(before);
    return count_next(heap, result, size);
}

void release_next(ThreadHeap& heap, void* pointer) {
    if (process_heap.tracked()) note_freed(process_heap, heap, next_allocator.usable_size(pointer));
    next_allocator.free(pointer);
}

}  // namespace

void* allocate_slow(std::size_t size) {
    ThreadHeap* heap = process_heap.heap();
    if (heap == nullptr || size > kMaxRequest) return fail(heap);
    if (served_by_next()) return count_next(*heap, next_allocator.malloc(size), size);
    const std::uintptr_t object = make(*heap, size, kGranule);
    return object != 0 ? pointer_to(object) : fail(heap);
}

void* allocate_zeroed(std::size_t count, std::size_t size) {
    ThreadHeap* heap = process_heap.heap();
    std::size_t bytes = 0;
    if (heap == nullptr || !checked_multiply(count, size, bytes) || bytes > kMaxRequest) return fail(heap);
    if (served_by_next()) {
        void* pointer = count_next(*heap, next_allocator.calloc(count, size), bytes);
        if (pointer != nullptr) heap->counters->calloc_calls.add(1);
        return pointer;
    }
    const std::uintptr_t object = make(*heap, bytes, kGranule);
    if (object == 0) return fail(heap);
    heap->counters->calloc_calls.add(1);
    if (!is_fresh(*heap, object)) memset(pointer_to(object), 0, bytes);
    return pointer_to(object);
}

void* allocate_aligned(std::size_t alignment, std::size_t size) {
    ThreadHeap* heap = process_heap.heap();
    if (heap == nullptr || size > kMaxRequest || alignment > kMaxRequest) return fail(heap);
    void* pointer = nullptr;
    if (served_by_next()) {
        pointer = count_next(*heap, next_allocator.memalign(alignment, size), size);
    } else {
        const std::uintptr_t object = make(*heap, size, std::max(alignment, kGranule));
        pointer = object != 0 ? pointer_to(object) : fail(heap);
    }
    if (pointer != nullptr) heap->counters->aligned_calls.add(1);
    return pointer;
}

void release_slow(void* pointer) {
    ThreadHeap* heap = pointer == nullptr ? nullptr : process_heap.heap();
    if (heap == nullptr) return;
    heap->counters->free_calls.add(1);
    const OwnerMap::Entry entry = process_heap.owners().find(address_of(pointer));
    if (entry.owner() != Owner::nobody) {
        release_ours(*heap, address_of(pointer), entry);
    } else if (served_by_next()) {
        release_next(*heap, pointer);
    } else {
        heap->counters->free_foreign.add(1);
        __libc_free(pointer);
    }
}

void* reallocate(void* pointer, std::size_t size) {
    ThreadHeap* heap = process_heap.heap();
    if (heap == nullptr) return fail(heap);
    heap->counters->realloc_calls.add(1);
    if (pointer == nullptr) {
        void* fresh = allocate(size);
        if (fresh != nullptr) heap->counters->realloc_fresh.add(1);
        return fresh;
    }
    if (size == 0) {
        release(pointer);
        return nullptr;
    }
    if (size > kMaxRequest) return fail(heap);
    const std::uintptr_t address = address_of(pointer);
    const OwnerMap::Entry entry = process_heap.owners().find(address);
    if (entry.owner() == Owner::nobody) {
        if (served_by_next()) return reallocate_next(*heap, pointer, size);
        heap->counters->free_foreign.add(1);
        return __libc_realloc(pointer, size);
    }
    const Found found = find_object(address, entry);
    if (found.usable == 0) {
        // Nothing begins here. To grow it would read past what we know; the caller is told that it can't be done.
        heap->counters->free_invalid.add(1);
        return fail(heap);
    }
    return entry.owner() == Owner::block ? resize_in_block(*heap, address, found, size)
                                         : resize_mapped(*heap, address, found, size);
}

std::size_t usable_size(void* pointer) {
    if (pointer == nullptr) return 0;
    const OwnerMap::Entry entry = process_heap.owners().find(address_of(pointer));
    if (entry.owner() != Owner::nobody) return find_object(address_of(pointer), entry).usable;
    return next_allocator.usable_size != nullptr ? next_allocator.usable_size(pointer) : 0;
}

}  // namespace morpharena
