/* What a program sets in its own environment comes too late: the library has read it before. */
#include <malloc.h>
#include <stdlib.h>

#include "check.h"

int main(void) {
    setenv("MORPHARENA_LIMIT", "4096", 1);
    setenv("MORPHARENA_STATS", "stderr", 1);
    for (int i = 0; i < 100; ++i) CHECK(malloc(50000) != NULL, "object %d: the limit was read", i);
    return 0;
}
