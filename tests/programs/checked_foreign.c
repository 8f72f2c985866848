/* What a library that was loaded with RTLD_DEEPBIND does: it has libc's own memory, and the program frees it. Here libc gets from the
   kernel what we have given back, addresses at which objects were freed through us. */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

extern void* __libc_malloc(size_t size);

enum { MANY = 2000000, FOREIGN = 20 };

static void* ours[MANY];
static void* foreign[FOREIGN];

int main(void) {
    for (int i = 0; i < MANY; ++i) ours[i] = malloc(16);
    for (int i = 0; i < MANY; ++i) free(ours[i]);
    malloc_trim(0);
    for (int i = 0; i < FOREIGN; ++i) {
        const size_t size = ((size_t)1 << 20) + (size_t)i * 4096;
        foreign[i] = __libc_malloc(size);
        CHECK(foreign[i] != NULL, "__libc_malloc");
        memset(foreign[i], 1, size);
    }
    for (int i = 0; i < FOREIGN; ++i) free(foreign[i]);
    return 0;
}
