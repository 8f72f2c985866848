/* calloc is zero, also where somebody wrote before. */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

static void expect_zero(const char* bytes, size_t size) {
    for (size_t i = 0; i < size; ++i) CHECK(bytes[i] == 0, "byte %zu of %zu is %d", i, size, bytes[i]);
}

int main(void) {
    const size_t sizes[] = {1, 16, 24, 100, 1000, 1024, 1025, 5000, 32768, 40000, 200000, 1000000, 3000000};
    for (int round = 0; round < 30; ++round) {
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
            /* Dirty it, free it; then shrink a dirty object, which gives its end back. */
            char* dirty = malloc(sizes[i]);
            HIDE(dirty);
            memset(dirty, 0xff, malloc_usable_size(dirty));
            free(dirty);
            dirty = malloc(2 * sizes[i]);
            HIDE(dirty);
            memset(dirty, 0xff, malloc_usable_size(dirty));
            dirty = realloc(dirty, 1);
            HIDE(dirty);
            char* zeroed = calloc(sizes[i], 1);
            HIDE(zeroed);
            expect_zero(zeroed, sizes[i]);
            memset(zeroed, 0xff, malloc_usable_size(zeroed));
            free(zeroed);
            free(dirty);
        }
    }
    return 0;
}
