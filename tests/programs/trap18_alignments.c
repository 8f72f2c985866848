/* The rules of the aligned family, as glibc 2.36 has them; alignments up to 1 GiB, which need no more addresses than that. */
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "check.h"
#include "proc_file.h"

static void use(void* object, size_t alignment, size_t size) {
    CHECK(object != NULL, "%zu at %zu", size, alignment);
    CHECK((uintptr_t)object % alignment == 0, "%zu at %zu: %p", size, alignment, object);
    CHECK(malloc_usable_size(object) >= size, "%zu at %zu", size, alignment);
    memset(object, 0x5a, size);
    free(object);
}

int main(void) {
    for (size_t alignment = 8; alignment <= (size_t)1 << 30; alignment <<= 1) {
        const size_t sizes[] = {0, 1, 44, alignment - 1, alignment, alignment + 1, 300000};
        for (size_t i = 0; i < 7; ++i) {
            const size_t size = sizes[i] > ((size_t)64 << 20) ? 5000 : sizes[i];
            use(memalign(alignment, size), alignment, size);
            use(aligned_alloc(alignment, size), alignment, size);
            void* object = NULL;
            CHECK(posix_memalign(&object, alignment, size) == 0, "%zu at %zu", size, alignment);
            use(object, alignment, size);
        }
    }
    use(aligned_alloc(8, 44), 8, 44);
    use(aligned_alloc(24, 100), 32, 100); /* rounded up to a power of two */
    use(memalign(24, 100), 32, 100);
    use(memalign(0, 100), 16, 100);
    use(valloc(100), 4096, 100);
    use(pvalloc(1), 4096, 4096); /* whole pages */
    use(pvalloc(4097), 4096, 8192);

    const size_t bad[] = {0, 1, 2, 4, 7, 12, 24, 48, 4097, SIZE_MAX, ((size_t)1 << 63) + 8};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
        char sentinel;
        void* pointer = &sentinel;
        errno = 4321;
        CHECK(posix_memalign(&pointer, bad[i], 100) == EINVAL, "alignment %zu", bad[i]);
        CHECK(pointer == &sentinel, "alignment %zu wrote the pointer", bad[i]);
        CHECK(errno == 4321, "alignment %zu: errno %d", bad[i], errno);
    }
    errno = 0;
    CHECK(memalign(((size_t)1 << 63) + 1, 8) == NULL && errno == EINVAL, "errno %d", errno);

    const rlim_t room = proc_bytes("/proc/self/status", "VmSize") + ((size_t)3 << 29);
    CHECK(setrlimit(RLIMIT_AS, &(struct rlimit){room, room}) == 0, "setrlimit");
    use(memalign((size_t)1 << 30, 100), (size_t)1 << 30, 100);
    return 0;
}
