/* malloc's family where the allocator preloaded behind ours (lib_partial_allocator.c) has a part of it only. */
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

extern size_t partial_made __attribute__((weak));

int main(void) {
    CHECK(&partial_made != NULL, "lib_partial_allocator.so is not preloaded");
    const size_t before = partial_made;
    for (size_t size = 1; size < 3000000; size *= 3) {
        unsigned char* object = malloc(size);
        CHECK(object != NULL, "malloc(%zu)", size);
        memset(object, 7, size);
        object = realloc(object, size * 4);
        CHECK(object != NULL && object[0] == 7 && object[size - 1] == 7, "realloc(%zu)", size * 4);
        object = realloc(object, size);
        CHECK(object != NULL && object[0] == 7 && object[size - 1] == 7, "realloc(%zu)", size);
        free(object);
        object = calloc(3, size);
        CHECK(object != NULL && object[0] == 0 && object[3 * size - 1] == 0, "calloc(3, %zu)", size);
        free(object);
    }
    for (size_t alignment = 8; alignment <= 65536; alignment *= 2) {
        void* posix = NULL;
        CHECK(posix_memalign(&posix, alignment, 100) == 0 && (uintptr_t)posix % alignment == 0, "%zu", alignment);
        void* objects[] = {posix, memalign(alignment, 100), aligned_alloc(alignment, alignment), memalign(2, 10)};
        for (size_t i = 0; i < sizeof objects / sizeof *objects; ++i) {
            CHECK(objects[i] != NULL && (i == 3 || (uintptr_t)objects[i] % alignment == 0), "%zu", alignment);
            objects[i] = realloc(objects[i], 70000);
            CHECK(objects[i] != NULL, "realloc");
            (void)malloc_usable_size(objects[i]); /* of that allocator's objects 0, as nobody knows */
            free(objects[i]);
        }
    }
    const char* mode = getenv("MORPHARENA_MODE");
    const int by_it = mode == NULL || strcmp(mode, "system") == 0;
    CHECK((partial_made > before) == by_it, "%zu objects by the other allocator", partial_made - before);
    return 0;
}
