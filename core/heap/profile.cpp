#include "core/heap/profile.h"

namespace morpharena {

void* profile_sample(ThreadHeap& heap, void* pointer, std::size_t size) {
    process_heap.profile()->made(moment_of(heap), reinterpret_cast<std::uintptr_t>(pointer), size);
    return pointer;
}

// Where watches() says that it may be.
void profile_freed(ThreadHeap& heap, std::uintptr_t object) {
    process_heap.profile()->freed(moment_of(heap), object);
}

}  // namespace morpharena
