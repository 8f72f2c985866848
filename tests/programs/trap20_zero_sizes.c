/* Objects of no bytes are unique and may be asked for their size (54); realloc to nothing frees and answers NULL. */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

#include "check.h"

int main(void) {
    void* objects[400];
    int count = 0;
    for (int i = 0; i < 50; ++i) {
        objects[count++] = malloc(0);
        objects[count++] = calloc(0, 8);
        objects[count++] = calloc(8, 0);
        objects[count++] = realloc(NULL, 0);
        objects[count++] = memalign(64, 0);
        objects[count++] = aligned_alloc(32, 0);
        CHECK(posix_memalign(&objects[count++], 16, 0) == 0, "posix_memalign");
        objects[count++] = reallocarray(NULL, 0, 4);
    }
    for (int i = 0; i < count; ++i) {
        CHECK(objects[i] != NULL, "entry %d", i % 8);
        CHECK(malloc_usable_size(objects[i]) > 0, "entry %d", i % 8);
        for (int j = 0; j < i; ++j) CHECK(objects[i] != objects[j], "%d and %d", i, j);
    }
    for (int i = 0; i < count; ++i) free(objects[i]);
    errno = 4321;
    void* object = malloc(100);
    HIDE(object);
    CHECK(realloc(object, 0) == NULL, "realloc(p, 0)");
    object = malloc(5000000);
    HIDE(object);
    CHECK(realloc(object, 0) == NULL, "realloc(large, 0)");
    CHECK(errno == 4321, "errno %d", errno);
    CHECK(malloc_usable_size(NULL) == 0, "malloc_usable_size(NULL)");
    return 0;
}
