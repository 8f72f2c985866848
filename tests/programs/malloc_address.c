/* A program at a fixed address that takes malloc's: the linker then lets its own table of calls stand for the function, everywhere. */
#include <stdlib.h>

#define MAY_RUN_WITHOUT /* no weak addresses here: shim/morpharena.h */
#include "check.h"

int main(void) {
    void* (*volatile allocate)(size_t) = malloc;
    for (int i = 0; i < 100; ++i) CHECK(allocate(48) != NULL, "malloc");
    return 0;
}
