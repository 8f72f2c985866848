/* What a program sets in its own environment comes too late: the library has read it before. `untouched`: it
 * sets nothing. */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

int main(int argc, char** argv) {
    if (argc < 2 || strcmp(argv[1], "untouched") != 0) {
        setenv("MORPHARENA_LIMIT", "4096", 1);
        setenv("MORPHARENA_STATS", "stderr", 1);
        setenv("MORPHARENA_BLOCK_SIZE", "no size", 1);
        setenv("MORPHARENA_MODE",
               getenv("MORPHARENA_MODE") && strcmp(getenv("MORPHARENA_MODE"), "pool") == 0 ? "arena" : "pool",
               1);
    }
    for (int i = 0; i < 100; ++i) CHECK(malloc(50000) != NULL, "object %d: the limit was read", i);
    return 0;
}
