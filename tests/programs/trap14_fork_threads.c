/* fork while 15 other threads are in malloc: the child's heap is whole. FORKS in the environment: how many
   (default 300); at one in ten of them at the least, another thread was inside a call of the family.
   `sparing`: in an arena. */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "check.h"
#include "proc_file.h"

enum { THREADS = 15, SPARED = 25, ANOTHER_INSIDE = 64 };

static atomic_int stop, forked;
static sem_t turns[THREADS];
static volatile int inside[THREADS + 1]; /* the last is main's */
static int sparing;

/* One call on one of the objects; `renew`: a free and a malloc, otherwise a realloc that needs nothing. */
static void change(int number, unsigned seed, int renew, char** object, size_t* size, char fill) {
    if (*size) CHECK((*object)[0] == fill && (*object)[*size - 1] == fill, "contents");
    if (renew) *size = (seed >> 8) % 64 + (seed % (sparing ? 49999 : 4999) == 0 ? 700000 : 0);
    inside[number] = 1;
    if (renew) free(*object);
    *object = renew ? malloc(*size) : realloc(*object, *size ? *size : 1);
    inside[number] = 0;
    CHECK(*object != NULL, "%zu bytes", *size);
    if (renew) memset(*object, fill, *size);
}

/* So many calls, or until main has forked. `sparing`: an arena gives nothing back, so what is made in a turn
   must be little: every fork copies the page tables of all that was ever made, and 10,000 of 1.5 GB took nine
   minutes. */
static void allocate_some(int number, unsigned seed, int count) {
    char* objects[32] = {0};
    size_t sizes[32] = {0};
    int renewed = 0;
    for (int i = 0; count ? i < count : !atomic_load(&forked); ++i) {
        seed = seed * 1103515245 + 12345;
        const unsigned slot = seed >> 16 & 31;
        const int renew = !sparing || (i % 8 == 0 && renewed < SPARED);
        renewed += renew;
        change(number, seed, renew, &objects[slot], &sizes[slot], (char)slot);
    }
    for (int i = 0; i < 32; ++i) free(objects[i]);
}

static void* work(void* number) {
    const int own = (int)(size_t)number;
    for (unsigned turn = 0;; ++turn) {
        while (sem_wait(&turns[own]) != 0) continue;
        if (atomic_load(&stop)) return NULL;
        allocate_some(own, (unsigned)own * 1000 + turn, 0);
    }
}

static int fork_among(unsigned seed) {
    atomic_store(&forked, 0);
    for (int i = 0; i < THREADS; ++i) sem_post(&turns[i]);
    allocate_some(THREADS, seed, 10);
    const pid_t child = fork();
    CHECK(child >= 0, "fork %u", seed);
    if (child == 0) {
        alarm(20); /* a lock held by a thread that is not here */
        int others = 0;
        for (int i = 0; i < THREADS; ++i) others += inside[i];
        allocate_some(THREADS, seed, 40);
        _exit(others > 0 ? ANOTHER_INSIDE : 0);
    }
    atomic_store(&forked, 1);
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == ANOTHER_INSIDE),
          "child %u: status %x", seed, status);
    return WEXITSTATUS(status) == ANOTHER_INSIDE;
}

int main(int argc, char** argv) {
    sparing = argc > 1 && strcmp(argv[1], "sparing") == 0;
    const int forks = (int)number_from_environment("FORKS", 300);
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; ++i) {
        CHECK(sem_init(&turns[i], 0, 0) == 0, "semaphore");
        CHECK(pthread_create(&threads[i], NULL, work, (void*)i) == 0, "thread %zu", i);
    }
    int done = 0, among = 0;
    for (; done < forks || (among < forks / 10 && done < forks * 10); ++done)
        among += fork_among((unsigned)done);
    atomic_store(&stop, 1);
    for (int i = 0; i < THREADS; ++i) sem_post(&turns[i]);
    for (int i = 0; i < THREADS; ++i) pthread_join(threads[i], NULL);
    dprintf(1, "%d of %d forks while another thread was inside\n", among, done);
    CHECK(among >= forks / 10, "%d forks while another thread was inside", among);
    return 0;
}
