/* One thread makes, another frees: memory goes to the owner again, and the peak stays what is live. OBJECTS:
 * how many (1,000,000). */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "proc_file.h"

enum { RING = 4096 };
static _Atomic(char*) ring[RING];
static long objects;

static void* consume(void* unused) {
    for (long i = 0; i < objects; ++i) {
        char* object;
        while ((object = atomic_exchange(&ring[i % RING], NULL)) == NULL) usleep(50);
        CHECK(*object == (char)i, "object %ld", i);
        free(object);
    }
    return unused;
}

int main(int argc, char** argv) {
    objects = number_from_environment("OBJECTS", 1000000);
    pthread_t consumer;
    CHECK(pthread_create(&consumer, NULL, consume, NULL) == 0, "thread");
    for (long i = 0; i < objects; ++i) {
        const size_t size = 16 + (size_t)(i * 37 % 500);
        char* object = malloc(size);
        CHECK(object != NULL, "malloc");
        memset(object, (char)i, size);
        while (atomic_load(&ring[i % RING]) != NULL) usleep(50);
        atomic_store(&ring[i % RING], object);
    }
    pthread_join(consumer, NULL);
    /* Live at once: 4,096 objects, 1 MB. `unbounded`: an arena gives nothing back. */
    const size_t peak = peak_bytes();
    CHECK((argc > 1 && strcmp(argv[1], "unbounded") == 0) || peak < 64u << 20, "a peak of %zu KB",
          peak >> 10);
    return 0;
}
