/* errno is 0 when main begins, and calls that succeed keep it. */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

#include "check.h"

int main(void) {
    CHECK(errno == 0, "errno is %d at main", errno);
    errno = 4321;
    for (size_t size = 1; size < 30000000; size = size * 2 + 1) {
        void* object = malloc(size);
        HIDE(object);
        object = realloc(object, size * 2);
        HIDE(object);
        free(object);
        object = calloc(1, size);
        HIDE(object);
        free(object);
        object = memalign(64, size);
        HIDE(object);
        free(object);
        free(NULL);
        CHECK(errno == 4321, "errno is %d at size %zu", errno, size);
    }
    return 0;
}
