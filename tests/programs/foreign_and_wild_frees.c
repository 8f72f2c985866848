/* libc's own memory is handed to libc; interior, wild and double frees harm nobody. `wild`: those, else only libc's. */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

void* __libc_malloc(size_t size);

static void check_heap(void) {
    static unsigned char* objects[3000];
    for (int i = 0; i < 3000; ++i) {
        objects[i] = malloc(64);
        CHECK(objects[i] != NULL, "malloc");
        memset(objects[i], i, 64);
    }
    for (int i = 0; i < 3000; ++i) {
        for (int k = 0; k < 64; ++k) CHECK(objects[i][k] == (unsigned char)i, "object %d was given out twice", i);
    }
    for (int i = 0; i < 3000; ++i) free(objects[i]);
}

int main(int argc, char** argv) {
    for (int i = 0; i < 1000; ++i) {
        char* foreign = __libc_malloc(100);
        HIDE(foreign);
        CHECK(malloc_usable_size(foreign) >= 100, "size of a foreign object");
        if (i % 2) foreign = realloc(foreign, 5000);
        HIDE(foreign);
        free(foreign);
    }
    check_heap();
    if (argc < 2 || strcmp(argv[1], "wild") != 0) return 0;
    const size_t sizes[] = {64, 300, 5000, 100000, 3000000};
    for (int i = 0; i < 5; ++i) {
        char* object = malloc(sizes[i]);
        HIDE(object);
        memset(object, 0, sizes[i]);
        free(object + 16);
        free(object + 8);
        free(object + 1);
        free(object + sizes[i] / 2);
        check_heap();
        free(object);
        free(object);
        check_heap();
    }
    return 0;
}
