// Where the heap's calls meet the profile. Only calls that are counted come by here: where nobody asked for a
// record the fast paths serve, and `until_sample` is never reached.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/heap/process_heap.h"

namespace morpharena {

inline ProfileMoment moment_of(ThreadHeap& heap) {
    const std::uint64_t asked = heap.counters->bytes_asked.get() + heap.profile.kept;
    return {heap.profile, asked, heap.thread.load(std::memory_order_relaxed)};
}

// An object of `size` bytes that has been counted; nullptr: there is none.
inline void* profile_made(ThreadHeap& heap, void* pointer, std::size_t size) {
    if (heap.profile.until_sample > size) [[likely]] {
        heap.profile.until_sample -= size;
    } else if (pointer != nullptr) {
        process_heap.profile()->made(moment_of(heap), reinterpret_cast<std::uintptr_t>(pointer), size);
    }
    return pointer;
}

// Where watches() says that it may be.
inline void profile_freed(ThreadHeap& heap, std::uintptr_t object) {
    process_heap.profile()->freed(moment_of(heap), object);
}

// Around a realloc. Meanwhile the object is known by an address that no object has, as another thread may
// have its own before this one is told where it is now.
class ProfiledResize {
  public:
    ProfiledResize(ThreadHeap& heap, std::uintptr_t object)
        : heap_(heap), object_(object), watched_(process_heap.watches(object)), before_(moment_of(heap)) {
        if (watched_) process_heap.profile()->moved(object_, parked());
    }
    ProfiledResize(const ProfiledResize&) = delete;
    ProfiledResize& operator=(const ProfiledResize&) = delete;

    // `result`: where the object of `size` bytes is now; nullptr: refused, and all is as it was.
    void settle(void* result, std::size_t size) const {
        const auto object = reinterpret_cast<std::uintptr_t>(result);
        const bool ours = resizes() != resizes_before_;
        if (watched_ && ours) {
            process_heap.profile()->freed(before_, parked());
        } else if (watched_) {
            process_heap.profile()->moved(parked(), object != 0 ? object : object_);
        }
        if (!ours) return;
        heap_.profile.kept += before_.asked + size - moment_of(heap_).asked;
        profile_made(heap_, result, size);
    }

  private:
    std::uintptr_t parked() const { return reinterpret_cast<std::uintptr_t>(this) | 1; }
    // Those of our own and the next allocator's objects that were done; others are no business of the
    // profile.
    std::uint64_t resizes() const {
        const ThreadCounters& counters = *heap_.counters;
        return counters.realloc_in_place.get() + counters.realloc_remapped.get() +
               counters.realloc_copied.get();
    }

    ThreadHeap& heap_;
    std::uintptr_t object_;
    bool watched_;
    ProfileMoment before_;
    std::uint64_t resizes_before_ = resizes();
};

}  // namespace morpharena
