/* Impossible sizes and products that overflow are NULL and ENOMEM from every entry point (21, 52, 55). */
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

#define REFUSED(call, size)                                                     \
    do {                                                                        \
        errno = 0;                                                              \
        void* result = (call);                                                  \
        CHECK(result == NULL, "%zx answered %p", (size_t)(size), result);       \
        CHECK(errno == ENOMEM, "%zx: errno %d", (size_t)(size), errno);         \
    } while (0)

static void expect_refused(size_t size, char* kept) {
    HIDE(size);
    REFUSED(malloc(size), size);
    REFUSED(calloc(1, size), size);
    REFUSED(calloc(size, 1), size);
    REFUSED(realloc(NULL, size), size);
    REFUSED(realloc(kept, size), size);
    REFUSED(reallocarray(kept, size, 1), size);
    REFUSED(aligned_alloc(64, size), size);
    REFUSED(memalign(4096, size), size);
    REFUSED(valloc(size), size);
    REFUSED(pvalloc(size), size);
    void* untouched = kept;
    errno = 0;
    CHECK(posix_memalign(&untouched, 4096, size) == ENOMEM, "%zx", size);
    CHECK(errno == ENOMEM, "%zx: errno %d", size, errno);
    CHECK(untouched == kept, "%zx: the pointer was written", size);
}

int main(void) {
    char* kept = malloc(100);
    memset(kept, 7, 100);
    for (size_t below = 0; below <= 8192; ++below) expect_refused(SIZE_MAX - below, kept);
    for (size_t above = 1; above < 100; ++above) expect_refused((size_t)PTRDIFF_MAX + above, kept);
    const size_t halves[][2] = {{SIZE_MAX, 2}, {(size_t)1 << 32, (size_t)1 << 32}, {(size_t)1 << 63, 2}, {SIZE_MAX / 2 + 1, 3}};
    for (size_t i = 0; i < 4; ++i) {
        size_t count = halves[i][0];
        HIDE(count);
        REFUSED(calloc(count, halves[i][1]), count);
        REFUSED(calloc(halves[i][1], count), count);
        REFUSED(reallocarray(kept, count, halves[i][1]), count);
        REFUSED(reallocarray(NULL, count, halves[i][1]), count);
    }
    for (size_t alignment = (size_t)1 << 50; alignment != 0; alignment <<= 1) {
        errno = 0;
        CHECK(memalign(alignment, 1) == NULL && errno == ENOMEM, "alignment %zx", alignment);
    }
    for (int i = 0; i < 100; ++i) CHECK(kept[i] == 7, "a failed realloc spoilt the object");
    return 0;
}
