/* MORPHARENA_RESET=force by a signal, in a program written for it: each thread marks once, works in rounds, and holds nothing
   that it made after the mark when the signal comes. What was made before the mark stays. Nothing is ever freed. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "figures.h"
#include "shim/morpharena.h"

enum { THREADS = 4, ROUNDS = 60 };
static pthread_barrier_t together;

static void* work(void* number) {
    char* kept[100];
    for (int i = 0; i < 100; ++i) memset(kept[i] = malloc(5000), i, 5000);
    CHECK(morpharena_mark() != NULL, "mark");
    for (int round = 0; round < ROUNDS; ++round) {
        char* last = NULL;
        for (int i = 0; i < 3000; ++i) {
            char* object = calloc(1, 2000);
            CHECK(object != NULL && object[0] == 0 && object[1999] == 0, "round %d: calloc", round);
            memset(object, round, 2000);
            if (last != NULL) CHECK(last[0] == (char)round && last[1999] == (char)round, "round %d: overwritten", round);
            last = object;
        }
        pthread_barrier_wait(&together);
        if (number == NULL) raise(SIGUSR2);
        pthread_barrier_wait(&together);
        for (int i = 0; i < 100; ++i) CHECK(kept[i][0] == i && kept[i][4999] == i, "round %d: what was before the mark", round);
    }
    return NULL;
}

int main(void) {
    pthread_t threads[THREADS];
    pthread_barrier_init(&together, NULL, THREADS);
    for (size_t i = 0; i < THREADS; ++i) CHECK(pthread_create(&threads[i], NULL, work, (void*)i) == 0, "thread");
    for (int i = 0; i < THREADS; ++i) pthread_join(threads[i], NULL);
    const struct morpharena_figures now = figures_now();
    CHECK(now.resets >= ROUNDS - 2, "%lu resets", (unsigned long)now.resets);
    /* 24 MB a round, 1.4 GB in all. */
    CHECK(now.bytes_mapped_peak < 120u << 20, "%lu bytes mapped", (unsigned long)now.bytes_mapped_peak);
    return 0;
}
