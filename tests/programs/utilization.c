/* The notes' benchmark 2: argv[1] objects of argv[2] bytes. Counts for itself: what the objects take from each other (usable
   size and distance of neighbours), and prints it for the driver to compare with the library's own figures. */
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

int main(int argc, char** argv) {
    CHECK(argc == 3, "objects, bytes");
    const size_t count = (size_t)atol(argv[1]);
    const size_t bytes = (size_t)atol(argv[2]);
    char* before = NULL;
    size_t usable = 0;
    size_t span = 0;
    for (size_t i = 0; i < count; ++i) {
        char* object = malloc(bytes);
        CHECK(object != NULL, "malloc");
        memset(object, 1, bytes);
        usable += malloc_usable_size(object);
        /* Neighbours in one block lie side by side; a jump is the next block. */
        const ptrdiff_t distance = before == NULL ? 0 : object - before;
        span += distance > 0 && distance < 4096 ? (size_t)distance : bytes;
        before = object;
    }
    char line[100];
    const int length = snprintf(line, sizeof line, "%zu %zu %zu\n", count * bytes, usable, span);
    CHECK(write(1, line, (size_t)length) == length, "write");
    return 0;
}
