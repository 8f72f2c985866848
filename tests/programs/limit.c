/* MORPHARENA_LIMIT=64M: our heap answers NULL and ENOMEM beyond it, not much before it, and the program goes on. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

int main(void) {
    size_t total = 0;
    for (;;) {
        errno = 0;
        char* object = malloc(5000);
        if (object == NULL) break;
        memset(object, 1, 5000);
        total += 5000;
        CHECK(total <= (size_t)64 << 20, "%zu bytes under a limit of 64 MiB", total);
    }
    CHECK(errno == ENOMEM, "errno %d", errno);
    CHECK(total >= (size_t)56 << 20, "only %zu bytes under a limit of 64 MiB", total);
    errno = 0;
    CHECK(malloc((size_t)32 << 20) == NULL && errno == ENOMEM, "a large one, errno %d", errno);
    CHECK(calloc(1000, 40000) == NULL, "calloc");
    free(NULL);
    return 0;
}
