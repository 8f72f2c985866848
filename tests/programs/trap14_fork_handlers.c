/* A thread holds a library's lock and waits for memory, while another forks: the library's handler waits for
   that lock. A malloc whose handler has taken the heap's lock by then never returns (ours did not: its
   handler was registered after those of libraries that the program is linked with). A hang is the failure. */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

extern pthread_mutex_t lock_of_library;

enum { kForks = 200, kObjects = 12, kRounds = 4 };

/* The fork for which each of these has come, from 1. */
static int held, wanted, over;

static void announce(int* step, int fork) {
    __atomic_store_n(step, fork, __ATOMIC_SEQ_CST);
}
static void await(int* step, int fork) {
    while (__atomic_load_n(step, __ATOMIC_SEQ_CST) < fork) sched_yield();
}

/* Each is large enough for a mapping of its own, which is a slow path in every mode. */
static void allocate(void) {
    void* objects[kObjects];
    for (int i = 0; i < kObjects; ++i)
        CHECK((objects[i] = malloc(600000 + 4096 * i)) != NULL, "object %d", i);
    for (int i = 0; i < kObjects; ++i) free(objects[i]);
}

static void* hold_and_allocate(void* unused) {
    for (int fork = 1; fork <= kForks; ++fork) {
        pthread_mutex_lock(&lock_of_library);
        announce(&held, fork);
        await(&wanted, fork);
        for (int round = 0; round < kRounds; ++round) allocate(); /* the handlers run meanwhile */
        pthread_mutex_unlock(&lock_of_library);
        await(&over, fork);
    }
    return unused;
}

int main(void) {
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, hold_and_allocate, NULL) == 0, "no thread");
    for (int number = 1; number <= kForks; ++number) {
        await(&held, number);
        announce(&wanted, number);
        const pid_t child = fork();
        CHECK(child >= 0, "fork %d", number);
        if (child == 0) {
            allocate();
            _exit(0);
        }
        announce(&over, number);
        int status = 0;
        CHECK(waitpid(child, &status, 0) == child && status == 0, "child %d: status %x", number, status);
    }
    pthread_join(thread, NULL);
    return 0;
}
