/* realloc keeps the bytes through every growth and shrink, and never reads behind the old object: one whose pages end right
   before an unreadable one is grown without a fault. */
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "check.h"

static unsigned char pattern(size_t i) { return (unsigned char)(i * 7 + i / 256); }

static unsigned char* resize(unsigned char* object, size_t before, size_t after) {
    object = realloc(object, after);
    CHECK(object != NULL, "%zu to %zu", before, after);
    const size_t kept = before < after ? before : after;
    for (size_t i = 0; i < kept; ++i) CHECK(object[i] == pattern(i), "byte %zu of %zu to %zu", i, before, after);
    for (size_t i = kept; i < after; ++i) object[i] = pattern(i);
    return object;
}

int main(void) {
    for (int in_the_way = 0; in_the_way < 2; ++in_the_way) {
        size_t size = 1;
        unsigned char* object = malloc(size);
        object[0] = pattern(0);
        while (size < 20000000) {
            if (in_the_way) CHECK(malloc(1) != NULL, "malloc(1)");
            const size_t next = size + size / 3 + 1;
            object = resize(object, size, next);
            size = next;
        }
        while (size > 1) {
            const size_t next = size * 3 / 5;
            object = resize(object, size, next ? next : 1);
            size = next ? next : 1;
        }
        free(object);
    }
    /* What lies behind the last whole page of a large object's mapping is taken away where it is nobody's: memcpy of more
       than the object would then fault. */
    for (size_t size = 2000000; size < 9000000; size += 1234567) {
        unsigned char* object = malloc(size);
        for (size_t i = 0; i < size; ++i) object[i] = pattern(i);
        const uintptr_t end = ((uintptr_t)object + malloc_usable_size(object) + 4095) & ~(uintptr_t)4095;
        (void)mmap((void*)end, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
        object = resize(object, size, size * 3);
        free(object);
    }
    return 0;
}
