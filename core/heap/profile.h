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

// The rest of the two below, out of line: the paths that count need no registers saved for it.
void* profile_sample(ThreadHeap& heap, void* pointer, std::size_t size);
void profile_freed(ThreadHeap& heap, std::uintptr_t object);

// An object of `size` bytes that has been made and counted. Returns `pointer`. Never for a request that
// failed: two of half the address space would bring `until_sample` down where there is no profile.
inline void* profile_made(ThreadHeap& heap, void* pointer, std::size_t size) {
    if (heap.profile.until_sample <= size) [[unlikely]]
        return profile_sample(heap, pointer, size);
    heap.profile.until_sample -= size;
    return pointer;
}

// Around a realloc. Meanwhile the object is known by an address that no object has, as another thread may
// have its own before this one is told where it is now.
class ProfiledResize {
  public:
    // `usable`: bytes that the object may use now.
    ProfiledResize(ThreadHeap& heap, std::uintptr_t object, std::size_t usable)
        : heap_(heap),
          object_(object),
          usable_(usable),
          watched_(process_heap.watches(object)),
          before_(moment_of(heap)) {
        if (watched_) process_heap.profile()->moved(object_, parked());
    }
    ProfiledResize(const ProfiledResize&) = delete;
    ProfiledResize& operator=(const ProfiledResize&) = delete;

    // `result`: where the object of `size` bytes is now; nullptr: refused, and all is as it was.
    void settle(void* result, std::size_t size) const {
        const bool copied = copies() != copies_before_;
        // Others than our own and the next allocator's objects are no business of the profile.
        const bool ours = copied || kept() != kept_before_;
        const auto object = reinterpret_cast<std::uintptr_t>(result);
        if (watched_ && ours) {
            process_heap.profile()->freed(before_, parked());
        } else if (watched_) {
            process_heap.profile()->moved(parked(), object != 0 ? object : object_);
        }
        if (!ours) return;
        if (!copied) heap_.profile.kept += size < usable_ ? size : usable_;
        profile_made(heap_, result, size);
    }

  private:
    std::uintptr_t parked() const { return reinterpret_cast<std::uintptr_t>(this) | 1; }
    std::uint64_t copies() const { return heap_.counters->realloc_copied.get(); }
    std::uint64_t kept() const {
        return heap_.counters->realloc_in_place.get() + heap_.counters->realloc_remapped.get();
    }

    ThreadHeap& heap_;
    std::uintptr_t object_;
    std::size_t usable_;
    bool watched_;
    ProfileMoment before_;
    std::uint64_t copies_before_ = copies();
    std::uint64_t kept_before_ = kept();
};

}  // namespace morpharena
