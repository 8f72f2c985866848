/* THREADS (2,000) threads allocate, ALIVE (200) of them at once, each frees what its neighbour made. */
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "proc_file.h"

static _Atomic(char*) handed[32768];
static pthread_barrier_t together;

static void* work(void* number) {
    const size_t i = (size_t)number;
    char* mine = malloc(100 + i % 300);
    CHECK(mine != NULL, "malloc");
    memset(mine, (int)i, 100);
    char* other = atomic_exchange(&handed[i / 2], mine);
    if (other != NULL) {
        CHECK(other[50] == (char)(i ^ 1), "thread %zu", i);
        free(other);
    }
    pthread_barrier_wait(&together);
    free(realloc(malloc(40), 400));
    return NULL;
}

int main(void) {
    const long all = number_from_environment("THREADS", 2000), alive = number_from_environment("ALIVE", 200);
    static pthread_t threads[32768];
    CHECK(alive <= 32768 && alive % 2 == 0, "ALIVE=%ld", alive);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, (size_t)sysconf(_SC_THREAD_STACK_MIN));
    for (long begun = 0; begun < all; begun += alive) {
        pthread_barrier_init(&together, NULL, (unsigned)alive);
        for (long i = 0; i < alive; ++i) {
            const int error = pthread_create(&threads[i], &attributes, work, (void*)i);
            if (error != 0 && begun == 0) SKIP("this machine lets %ld threads live at once", i);
            CHECK(error == 0, "thread %ld", begun + i);
        }
        for (long i = 0; i < alive; ++i) pthread_join(threads[i], NULL);
        for (long i = 0; i < alive; ++i) free(atomic_exchange(&handed[i], NULL));
    }
    return 0;
}
