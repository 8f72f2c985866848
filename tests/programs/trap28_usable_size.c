/* All of malloc_usable_size may be written, stays what it was, and is kept by realloc. Also where the
   compiler sees what was asked for and has every write checked (_FORTIFY_SOURCE=3): then realloc is asked for the rest. */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

#define OBJECTS 4000

static unsigned char* objects[OBJECTS];
static size_t usable[OBJECTS];

static void fill_visibly(size_t size) {
    char* object = malloc(size);
    CHECK(object != NULL, "malloc(%zu)", size);
    memset(object, 1, size);
    const size_t whole = malloc_usable_size(object);
    char* grown = realloc(object, whole);
    CHECK(grown != NULL && malloc_usable_size(grown) >= whole, "realloc(%zu) of %zu", whole, size);
    for (size_t i = 0; i < size; ++i) CHECK(grown[i] == 1, "byte %zu of %zu", i, size);
    memset(grown, 2, whole);
    HIDE(grown);
    free(grown);
}

int main(void) {
    for (size_t size = 1; size < 3000000; size += 1 + size / 7) fill_visibly(size);
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
