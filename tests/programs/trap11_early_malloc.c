/* Somebody allocated before the library's constructor ran: nothing of that is lost, and errno is still 0 at main. */
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

int main(void) {
    CHECK(errno == 0, "errno is %d", errno);
    char** early = dlsym(RTLD_DEFAULT, "early");
    CHECK(early != NULL, "the library with the constructor is not loaded");
    CHECK(strcmp(*early, "early") == 0, "spoilt");
    CHECK(malloc_usable_size(*early) >= 100, "its size");
    char* object = malloc(24);
    HIDE(object);
    const char* mode = getenv("MORPHARENA_MODE");
    if (mode != NULL && strcmp(mode, "system") == 0) {
        /* 24 is what glibc has for 24 bytes, 32 what we have: an object from before must not keep our heap serving. */
        CHECK(malloc_usable_size(object) == 24, "mode system, but our heap served: %zu", malloc_usable_size(object));
    }
    *early = realloc(*early, 5000);
    CHECK(strcmp(*early, "early") == 0, "spoilt by realloc");
    free(object);
    return 0;
}
