/* A library with thread-local memory, which the loader allocates. */
#include <stdlib.h>
#include <string.h>

static __thread char block[3000];
static __thread char* text;

int touch(int value) {
    memset(block, value, sizeof block);
    free(text);
    text = malloc(100);
    return block[2999];
}
