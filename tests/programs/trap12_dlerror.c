/* dlerror and dlsym allocate: each is the first call of a thread, before the thread has a heap; also of the
 * main thread. */
#include <dlfcn.h>
#include <execinfo.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

static void* first_dlerror(void* unused) {
    const char* nothing = dlerror();
    CHECK(nothing == NULL, "dlerror says %s", nothing);
    CHECK(dlopen("/nowhere/lib.so", RTLD_NOW) == NULL, "a library that is not there");
    const char* said = dlerror();
    CHECK(said != NULL && strstr(said, "/nowhere/lib.so") != NULL, "dlerror says %s", said);
    return unused;
}

static void* first_dlsym(void* unused) {
    CHECK(dlsym(RTLD_NEXT, "no_such_symbol") == NULL, "a symbol that is not there");
    CHECK(dlerror() != NULL, "dlerror is silent");
    return unused;
}

/* libc loads a library for backtrace, and leaves what dlerror has still to say. */
static void dlerror_that_waits(void) {
    CHECK(dlopen("/nowhere/lib.so", RTLD_NOW) == NULL, "a library that is not there");
    void* frames[4];
    CHECK(backtrace(frames, 4) > 0, "backtrace");
    CHECK(dlerror() != NULL, "dlerror has forgotten");
}

int main(void) {
    dlerror_that_waits();
    first_dlerror(NULL);
    for (int i = 0; i < 200; ++i) {
        pthread_t threads[2];
        CHECK(pthread_create(&threads[0], NULL, first_dlerror, NULL) == 0, "thread");
        CHECK(pthread_create(&threads[1], NULL, first_dlsym, NULL) == 0, "thread");
        for (int k = 0; k < 2; ++k) pthread_join(threads[k], NULL);
    }
    return 0;
}
