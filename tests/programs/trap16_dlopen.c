/* A library with TLS is loaded, used in two threads and unloaded, 1,000 times. argv[1]: the library. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>

#include "check.h"

static int (*touch)(int);

static void* work(void* unused) {
    CHECK(touch(7) == 7, "touch");
    return unused;
}

int main(int argc, char** argv) {
    CHECK(argc == 2, "which library?");
    for (int i = 0; i < 1000; ++i) {
        void* library = dlopen(argv[1], RTLD_NOW);
        CHECK(library != NULL, "%s", dlerror());
        touch = (int (*)(int))dlsym(library, "touch");
        CHECK(touch(i % 100) == i % 100, "touch");
        if (i % 10 == 0) {
            pthread_t thread;
            CHECK(pthread_create(&thread, NULL, work, NULL) == 0, "thread");
            pthread_join(thread, NULL);
        }
        CHECK(dlclose(library) == 0, "%s", dlerror());
        CHECK(dlopen("/nowhere/x.so", RTLD_NOW) == NULL && dlerror() != NULL, "dlerror");
    }
    return 0;
}
