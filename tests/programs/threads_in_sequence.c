/* 20,000 short threads, one after the other, share a handful of heaps: ended ones are taken over. */
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "proc_file.h"

static void* work(void* unused) {
    for (int i = 0; i < 10; ++i) {
        char* object = malloc(100);
        CHECK(object != NULL, "malloc");
        memset(object, i, 100);
        free(object);
    }
    return unused;
}

int main(void) {
    const size_t before = resident_bytes();
    for (int i = 0; i < 20000; ++i) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, work, NULL) == 0, "thread %d", i);
        pthread_join(thread, NULL);
    }
    /* An arena keeps 10 objects of 112 bytes a thread: 22 MB. A heap of its own for each thread would be 80 MB and more. */
    const size_t grown = resident_bytes() - before;
    CHECK(grown < (size_t)40 << 20, "%zu MB more", grown >> 20);
    return 0;
}
