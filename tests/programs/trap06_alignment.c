/* Every size of 0 to 1024 is aligned for SSE code, whichever entry point made it. */
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>

#include "check.h"

static void expect_aligned(void* object, size_t size) {
    CHECK(object != NULL, "%zu", size);
    CHECK((uintptr_t)object % 16 == 0, "%zu bytes at %p", size, object);
}

int main(void) {
    for (size_t size = 0; size <= 1024; ++size) {
        expect_aligned(malloc(size), size);
        expect_aligned(calloc(1, size), size);
        expect_aligned(realloc(NULL, size), size);
        expect_aligned(realloc(malloc(size / 2), size + 1), size);
        expect_aligned(memalign(8, size), size);
    }
    return 0;
}
