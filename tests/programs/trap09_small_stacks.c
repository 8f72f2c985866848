/* Threads with the smallest stack there is allocate, in every part of the heap, while live bytes are followed. `dumps`: the dump's
   signal comes to each of them. */
#include <limits.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

static int dumps;

static void* work(void* unused) {
    if (dumps) raise(SIGUSR1);
    for (size_t size = 1; size < 20000000; size = size * 5 + 3) {
        char* object = malloc(size);
        CHECK(object != NULL, "%zu", size);
        object[size - 1] = 1;
        object = realloc(object, size * 2);
        CHECK(object != NULL, "%zu", size);
        free(object);
        free(memalign(4096, size));
        free(calloc(3, size));
    }
    return unused;
}

int main(int count, char** arguments) {
    (void)arguments;
    dumps = count > 1;
    for (int i = 0; i < 40; ++i) {
        pthread_attr_t attributes;
        pthread_attr_init(&attributes);
        CHECK(pthread_attr_setstacksize(&attributes, (size_t)sysconf(_SC_THREAD_STACK_MIN)) == 0, "stack size");
        pthread_t thread;
        CHECK(pthread_create(&thread, &attributes, work, NULL) == 0, "thread");
        pthread_join(thread, NULL);
    }
    return 0;
}
