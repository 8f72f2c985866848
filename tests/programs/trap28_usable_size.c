/* All of malloc_usable_size may be written, stays what it was, and is kept by realloc. */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

#define OBJECTS 4000

static unsigned char* objects[OBJECTS];
static size_t usable[OBJECTS];

int main(void) {
    for (int i = 0; i < OBJECTS; ++i) {
        const size_t size = (size_t)i * (size_t)i % 70001;
        objects[i] = malloc(size);
        usable[i] = malloc_usable_size(objects[i]);
        CHECK(usable[i] >= size && usable[i] > 0, "%zu of %zu", usable[i], size);
        memset(objects[i], i, usable[i]);
    }
    for (int i = 0; i < OBJECTS; ++i) {
        CHECK(malloc_usable_size(objects[i]) == usable[i], "object %d", i);
        for (size_t k = 0; k < usable[i]; ++k) CHECK(objects[i][k] == (unsigned char)i, "object %d byte %zu", i, k);
    }
    for (int i = 0; i < OBJECTS; i += 2) {
        objects[i] = realloc(objects[i], usable[i] + 100);
        for (size_t k = 0; k < usable[i]; ++k) CHECK(objects[i][k] == (unsigned char)i, "realloc lost byte %zu", k);
    }
    for (int i = 0; i < OBJECTS; ++i) free(objects[i]);
    return 0;
}
