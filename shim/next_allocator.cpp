#include "shim/next_allocator.h"

#include <errno.h>
#include <stddef.h>

#include "core/heap/process_heap.h"
#include "core/heap/system.h"
#include "shim/find_next.h"
#include "shim/loaded_object.h"
#include "shim/symbol_table.h"

namespace morpharena {

namespace {

// glibc has no other name for its malloc_usable_size, and outside mode `system` hardly a program asks for the
// size of an object that is not ours: looked up when one does.
size_t find_and_ask_usable_size(void* pointer) {
    find_next(next_allocator.usable_size, "malloc_usable_size");
    return next_allocator.usable_size(pointer);
}

// An allocator behind us may have a part of the family only: malloc, calloc, realloc and free are enough for
// glibc ("Replacing malloc" in its manual). The next function of another name is then another allocator's,
// who would look for its own header in front of the object. So its own table is asked; the loader is where
// there is no list of objects, as the program was its argument.
template <class Function>
void find_in(const LoadedObject& allocator, Function& function, const char* name) {
    if (allocator.dynamic == nullptr) return find_next(function, name);
    function = reinterpret_cast<Function>(address_in(allocator, name));
}

int (*next_posix_memalign)(void**, size_t, size_t) = nullptr;

void* memalign_by_posix(size_t alignment, size_t size) {
    void* made = nullptr;
    const int error = next_posix_memalign(&made, alignment < sizeof(void*) ? sizeof(void*) : alignment, size);
    if (error == 0) return made;
    errno = error;
    return nullptr;
}

size_t unknown_size(void*) {
    return 0;
}

constinit LoadedObject next_object;  // the one that has next_allocator.malloc

void find_whole_allocator() {
    NextAllocator found;
    find_next(found.malloc, "malloc");
    find_next(found.calloc, "calloc");
    find_next(found.realloc, "realloc");
    find_next(found.free, "free");
    const LoadedObject allocator = loaded_object_at(reinterpret_cast<const void*>(found.malloc));
    next_object = allocator;
    find_in(allocator, found.usable_size, "malloc_usable_size");
    if (found.usable_size == nullptr) {
        found.usable_size = unknown_size;
        process_heap.complain("MORPHARENA_MODE", "system",
                              "has unknown sizes: the next allocator has no malloc_usable_size");
    }
    find_in(allocator, found.memalign, "memalign");
    if (found.memalign == nullptr) find_in(allocator, next_posix_memalign, "posix_memalign");
    if (next_posix_memalign != nullptr) found.memalign = memalign_by_posix;
    if (found.memalign == nullptr) find_in(allocator, found.memalign, "aligned_alloc");
    // It has none of them: the program without us would get all of them from there, too.
    if (found.memalign == nullptr) find_next(found.memalign, "memalign");
    next_allocator = found;
}

}  // namespace

void find_next_allocator(Mode mode) {
    next_allocator.usable_size = find_and_ask_usable_size;
    if (mode == Mode::system) find_whole_allocator();
}

void* next_by_name(const char* name) {
    if (next_allocator.malloc == nullptr) return nullptr;
    void* found = nullptr;
    find_in(next_object, found, name);
    if (found == nullptr) find_in(libc_object, found, name);
    return found;
}

}  // namespace morpharena
