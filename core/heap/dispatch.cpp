#include "core/heap/dispatch.h"

#include <errno.h>
#include <string.h>

#include <algorithm>

#include "core/heap/count.h"
#include "core/heap/live.h"
#include "core/heap/objects.h"
#include "core/heap/profile.h"
#include "core/heap/system.h"
#include "core/os/page_source.h"

// glibc's own names for its allocator: a pointer that is not ours was most likely made by it, inside a
// library that was loaded with RTLD_DEEPBIND, or by the loader.
// Weak, as other C libraries lack them: a program of musl's must not fail to start for it.
extern "C" {
void __libc_free(void* pointer) __attribute__((weak));
void* __libc_realloc(void* pointer, std::size_t size) __attribute__((weak));
}

namespace morpharena {

constinit NextAllocator next_allocator;

namespace {

std::uintptr_t address_of(const void* pointer) {
    return reinterpret_cast<std::uintptr_t>(pointer);
}
void* pointer_to(std::uintptr_t address) {
    return reinterpret_cast<void*>(address);
}

void* fail(ThreadHeap* heap) {
    if (heap != nullptr) heap->counters->failed_calls.add(1);
    errno = ENOMEM;
    return nullptr;
}

bool served_by_next() {
    return process_heap.config().mode.value == Mode::system && next_allocator.found();
}

// Zeroes an object that was used before. Of a large one the whole pages go back to the kernel, which gives
// zeros for those that are touched: programs ask for large tables and use a part of them.
void clear(std::uintptr_t object, std::size_t bytes) {
    constexpr std::size_t kDiscardFrom = std::size_t{4} << 20;
    const std::uintptr_t end = object + bytes;
    if (bytes >= kDiscardFrom) {
        const std::uintptr_t from = align_up(object, os::Kernel::page_size());
        const std::uintptr_t to = align_down(end, os::Kernel::page_size());
        if (os::Kernel::discard(pointer_to(from), to - from)) {
            memset(pointer_to(object), 0, from - object);
            memset(pointer_to(to), 0, end - to);
            return;
        }
    }
    memset(pointer_to(object), 0, bytes);
}

// An object of over 1 KiB from the class's present slab, as calls of that size are frequent too; nullptr: the
// long way.
void* allocate_medium(ThreadHeap& heap, std::size_t size) {
    if (!heap.pool_fast || size <= kSmallLimit || size > kLargestSlabObject) return nullptr;
    Slab* slab = heap.roots->present[size_class(size)];
    const std::uintptr_t object = slab != nullptr ? pop(*slab) : 0;
    return object == 0 ? nullptr : pointer_to(object);
}

// Where calls are counted, the fast path's other half: a small object from the present block.
void* allocate_counted(ThreadHeap& heap, std::size_t size) {
    if (size - 1 >= kSmallLimit || !process_heap.tracked()) return nullptr;
    const std::uintptr_t object = bump(heap, granules_of(size) * kGranule);
    if (object == 0) return nullptr;
    count_object(*heap.counters, size);
    return pointer_to(object);
}

// Counts an object that the next allocator made; its usable size is asked for only where somebody will read
// it.
void* count_next(ThreadHeap& heap, void* pointer, std::size_t size) {
    if (pointer == nullptr) {
        heap.counters->failed_calls.add(1);
        return nullptr;
    }
    const bool tracked = process_heap.tracked();
    count_taken(heap, size, tracked ? next_allocator.usable_size(pointer) : granules_of(size) * kGranule);
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

// Not where checked: there it is done, and told.
void count_foreign(ThreadHeap& heap) {
    if (!process_heap.checks().on()) heap.counters->free_foreign.add(1);
}

// Where `pointer` is null, `instead` stays with the program.
[[gnu::always_inline]] inline void* handed_out(void* pointer, void* instead = nullptr) {
    Checks& checks = process_heap.checks();
    if (checks.on()) [[unlikely]]
        checks.handed_out(process_heap, pointer != nullptr ? pointer : instead);
    return pointer;
}

// False, where pointers are checked, of one with which nothing may be done.
[[gnu::always_inline]] inline bool may_take_back(void* pointer, std::string_view call) {
    Checks& checks = process_heap.checks();
    return !checks.on() || checks.take_back(process_heap, address_of(pointer), call);
}

void release_next(ThreadHeap& heap, void* pointer) {
    if (process_heap.tracked()) note_freed(process_heap, heap, next_allocator.usable_size(pointer));
    next_allocator.free(pointer);
}

// Whoever made it; 0 where that can't be told.
std::size_t size_of_object(void* pointer) {
    const OwnerMap::Entry entry = process_heap.owners().find(address_of(pointer));
    if (entry.owner() != Owner::nobody) return find_object(address_of(pointer), entry).usable;
    return next_allocator.usable_size != nullptr ? next_allocator.usable_size(pointer) : 0;
}

// What malloc's family returns, told to who wants to know; null, where there was no memory, to nobody.
[[gnu::always_inline]] inline void* made_for(ThreadHeap& heap, void* pointer, std::size_t size) {
    return pointer == nullptr ? nullptr : handed_out(profile_made(heap, pointer, size));
}

// realloc of an object, whoever made it, to a size that can be had. libc's own stay unknown to the checks.
void* reallocate_object(ThreadHeap& heap, void* pointer, std::size_t size) {
    const std::uintptr_t address = address_of(pointer);
    const OwnerMap::Entry entry = process_heap.owners().find(address);
    if (entry.owner() == Owner::nobody) {
        if (served_by_next()) return handed_out(reallocate_next(heap, pointer, size), pointer);
        count_foreign(heap);
        return __libc_realloc != nullptr ? __libc_realloc(pointer, size) : fail(&heap);
    }
    const Found found = find_object(address, entry);
    if (found.usable == 0) {
        // Nothing begins here. To grow it would read past what we know; the caller is told that it can't be
        // done.
        heap.counters->free_invalid.add(1);
        return handed_out(fail(&heap), pointer);
    }
    const std::uintptr_t object = resize_object(heap, address, entry, found, size);
    return handed_out(object != 0 ? pointer_to(object) : fail(&heap), pointer);
}

}  // namespace

void* allocate_slow(std::size_t size) {
    if (void* pointer = allocate_medium(*current_heap, size)) return pointer;
    ThreadHeap* heap = process_heap.heap();
    if (heap == nullptr || size > kMaxRequest) return fail(heap);
    if (void* pointer = allocate_counted(*heap, size)) return made_for(*heap, pointer, size);
    if (served_by_next()) return made_for(*heap, count_next(*heap, next_allocator.malloc(size), size), size);
    const Made made = make_object(*heap, size, kGranule);
    return made.object != 0 ? made_for(*heap, pointer_to(made.object), size) : fail(heap);
}

void* allocate_zeroed_slow(std::size_t count, std::size_t size) {
    ThreadHeap* heap = process_heap.heap();
    std::size_t bytes = 0;
    if (heap == nullptr || !checked_multiply(count, size, bytes) || bytes > kMaxRequest) return fail(heap);
    if (served_by_next()) {
        void* pointer = count_next(*heap, next_allocator.calloc(count, size), bytes);
        if (pointer != nullptr) heap->counters->calloc_calls.add(1);
        return made_for(*heap, pointer, bytes);
    }
    const Made made = make_object(*heap, bytes, kGranule);
    if (made.object == 0) return fail(heap);
    heap->counters->calloc_calls.add(1);
    if (!made.zero) clear(made.object, bytes);
    return made_for(*heap, pointer_to(made.object), bytes);
}

void* allocate_aligned(std::size_t alignment, std::size_t size) {
    ThreadHeap* heap = process_heap.heap();
    if (heap == nullptr || size > kMaxRequest || alignment > kMaxRequest) return fail(heap);
    void* pointer = nullptr;
    if (served_by_next()) {
        pointer = count_next(*heap, next_allocator.memalign(alignment, size), size);
    } else {
        const Made made = make_object(*heap, size, std::max(alignment, kGranule));
        pointer = made.object != 0 ? pointer_to(made.object) : fail(heap);
    }
    if (pointer != nullptr) heap->counters->aligned_calls.add(1);
    return made_for(*heap, pointer, size);
}

void release_slow(void* pointer) {
    ThreadHeap* heap = pointer == nullptr ? nullptr : process_heap.heap();
    if (heap == nullptr) return;
    heap->counters->free_calls.add(1);
    if (!may_take_back(pointer, "free")) return;
    if (process_heap.watches(address_of(pointer))) [[unlikely]]
        profile_freed(*heap, address_of(pointer));
    const OwnerMap::Entry entry = process_heap.owners().find(address_of(pointer));
    if (entry.owner() != Owner::nobody) {
        release_object(*heap, address_of(pointer), entry);
    } else if (served_by_next()) {
        release_next(*heap, pointer);
    } else {
        count_foreign(*heap);
        if (__libc_free != nullptr) __libc_free(pointer);
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
    if (!may_take_back(pointer, "realloc")) return fail(heap);
    if (process_heap.profile() == nullptr) [[likely]]
        return reallocate_object(*heap, pointer, size);
    const ProfiledResize resize(*heap, address_of(pointer), size_of_object(pointer));
    void* result = reallocate_object(*heap, pointer, size);
    resize.settle(result, size);
    return result;
}

std::size_t usable_size(void* pointer) {
    if (pointer == nullptr) return 0;
    Checks& checks = process_heap.checks();
    if (checks.on() && !checks.look_at(process_heap, address_of(pointer), "malloc_usable_size")) return 0;
    return size_of_object(pointer);
}

}  // namespace morpharena
