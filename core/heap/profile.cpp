#include "core/heap/profile.h"

#include <errno.h>

namespace morpharena {

void* profile_sample(ThreadHeap& heap, void* pointer, std::size_t size) {
    if (process_heap.profile() == nullptr) {  // it is expected: see expect_profile()
        const int before = errno;
        heap.profile.until_sample = ProfileThread::kNever;  // the libraries that are loaded allocate as well
        const bool settled = process_heap.start_expected_profile(heap, size);
        if (!settled) heap.profile.until_sample = 0;
        errno = before;
        return settled && process_heap.profile() != nullptr ? profile_made(heap, pointer, size) : pointer;
    }
    process_heap.profile()->made(moment_of(heap), reinterpret_cast<std::uintptr_t>(pointer), size);
    return pointer;
}

// Where watches() says that it may be.
void profile_freed(ThreadHeap& heap, std::uintptr_t object) {
    process_heap.profile()->freed(moment_of(heap), object);
}

}  // namespace morpharena
