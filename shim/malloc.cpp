// The malloc family as programs see it: argument rules of glibc 2.36, one line of ours behind each.
#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include <bit>

#include "core/heap/dispatch.h"
#include "core/os/page_source.h"
#include "shim/export.h"
#include "shim/libc_names.h"

using namespace morpharena;

namespace {

constexpr size_t kLargestAlignment = SIZE_MAX / 2 + 1;

// memalign of glibc takes any alignment and rounds it up to a power of two.
void* memalign_rounded(size_t alignment, size_t size) {
    if (alignment > kLargestAlignment) {
        errno = EINVAL;
        return nullptr;
    }
    return allocate_aligned(std::bit_ceil(alignment), size);
}

}  // namespace

EXPORTED void* malloc(size_t size) {
    return allocate(size);
}
EXPORTED void free(void* pointer) {
    release(pointer);
}
EXPORTED void* calloc(size_t count, size_t size) {
    return allocate_zeroed(count, size, [count, size, caller = __builtin_return_address(0)] {
        return calloc_told_who_asks(count, size, caller);
    });
}
EXPORTED void* realloc(void* pointer, size_t size) {
    return reallocate(pointer, size);
}

EXPORTED void* reallocarray(void* pointer, size_t count, size_t size) {
    size_t bytes = 0;
    // A product that wraps is answered as the size that nobody can have.
    return reallocate(pointer, checked_multiply(count, size, bytes) ? bytes : SIZE_MAX);
}

EXPORTED void* memalign(size_t alignment, size_t size) {
    return memalign_rounded(alignment, size);
}
EXPORTED void* aligned_alloc(size_t alignment, size_t size) {
    return memalign_rounded(alignment, size);
}

EXPORTED int posix_memalign(void** result, size_t alignment, size_t size) {
    if (!is_power_of_two(alignment) || alignment % sizeof(void*) != 0) return EINVAL;
    void* pointer = allocate_aligned(alignment, size);
    if (pointer == nullptr) return ENOMEM;
    *result = pointer;
    return 0;
}

EXPORTED void* valloc(size_t size) {
    return allocate_aligned(os::Kernel::page_size(), size);
}

EXPORTED void* pvalloc(size_t size) {
    const size_t page = os::Kernel::page_size();
    // Rounded up to whole pages, as glibc does; what would wrap stays as large as it is and fails.
    return allocate_aligned(page, size > kMaxRequest ? size : align_up(size, page));
}

// C23's sized forms, and the name that free had before ISO C: all of them free.
EXPORTED void free_sized(void* pointer, size_t) {
    release(pointer);
}
EXPORTED void free_aligned_sized(void* pointer, size_t, size_t) {
    release(pointer);
}
EXPORTED void cfree(void* pointer) {
    release(pointer);
}

EXPORTED size_t malloc_usable_size(void* pointer) {
    return usable_size(pointer);
}

// The same functions under hidden names: a program's own malloc may stand in front of the others, as
// lifecycle.cpp sees, and libc_names.cpp means ours.
#define OURS(name) __attribute__((alias(#name), copy(name), visibility("hidden")))
extern "C" {
void* malloc_of_ours(size_t size) OURS(malloc);
void free_of_ours(void* pointer) OURS(free);
void* realloc_of_ours(void* pointer, size_t size) OURS(realloc);
void* reallocarray_of_ours(void* pointer, size_t count, size_t size) OURS(reallocarray);
size_t malloc_usable_size_of_ours(void* pointer) OURS(malloc_usable_size);
}
#undef OURS
