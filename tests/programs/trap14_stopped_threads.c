/* What a garbage collector does to threads: each is stopped by a signal, wherever it is, and goes on when all of them are. A thread
   that waits for one that has been stopped must take the signal itself. The threads allocate and free in every part of the heap, and
   one of them forks a process of many pages. `sparing`: not on and on, for an arena keeps it all. A hang is the failure. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { THREADS = 4, STOPS = 1000, KEPT = 64, STOP = SIGPWR, GO_ON = SIGXCPU };

static sem_t stopped;
static atomic_int stops;
static atomic_int done;
static int sparing;

static void on_go_on(int signal) { (void)signal; }

static void on_stop(int signal) {
    (void)signal;
    const int before = errno;
    const int seen = stops;
    sigset_t all_but_one;
    sigfillset(&all_but_one);
    sigdelset(&all_but_one, GO_ON);
    sem_post(&stopped);
    while (stops == seen) sigsuspend(&all_but_one);
    errno = before;
}

static void* allocate(void* number) {
    unsigned seed = (unsigned)(size_t)number;
    char* kept[KEPT] = {0};
    while (!done) {
        const int seen = stops;
        for (int i = 0; i < 40; ++i) {
            seed = seed * 1103515245 + 12345;
            char** slot = &kept[seed >> 20 & (KEPT - 1)];
            free(*slot);
            *slot = malloc(i % 20 == 0 ? 1500000 : seed >> 16 & (i % 2 == 0 ? 0xffff : 0x1ff));
            CHECK(*slot != NULL, "object %d", i);
        }
        while (sparing && stops == seen && !done) sched_yield();
    }
    for (int i = 0; i < KEPT; ++i) free(kept[i]);
    return NULL;
}

static void* fork_often(void* unused) {
    while (!done) {
        const pid_t child = fork();
        CHECK(child >= 0, "fork");
        if (child == 0) _exit(0);
        int status = 0;
        CHECK(waitpid(child, &status, 0) == child && status == 0, "the child ended with %x", status);
        for (int i = 0; i < 40; ++i) free(malloc(100000));
    }
    return unused;
}

static void handle(int signal, void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigfillset(&action.sa_mask); /* both: GO_ON comes in sigsuspend, never before it */
    CHECK(sigaction(signal, &action, NULL) == 0, "signal %d", signal);
}

int main(int count, char** arguments) {
    sparing = count > 1 && strcmp(arguments[1], "sparing") == 0;
    enum { PAGES = 64 << 20 };
    char* pages = malloc(PAGES); /* a fork takes a while */
    HIDE(pages);
    memset(pages, 1, PAGES);
    sem_init(&stopped, 0, 0);
    handle(STOP, on_stop);
    handle(GO_ON, on_go_on);
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; ++i)
        CHECK(pthread_create(&threads[i], NULL, i == 0 ? fork_often : allocate, (void*)i) == 0, "thread");
    for (int stop = 0; stop < STOPS; ++stop) {
        for (int i = 0; i < THREADS; ++i) CHECK(pthread_kill(threads[i], STOP) == 0, "stop");
        for (int i = 0; i < THREADS; ++i)
            while (sem_wait(&stopped) != 0) CHECK(errno == EINTR, "wait");
        atomic_fetch_add(&stops, 1);
        for (int i = 0; i < THREADS; ++i) CHECK(pthread_kill(threads[i], GO_ON) == 0, "go on");
        usleep(50 + stop % 7 * 40); /* to come upon them at different moments */
    }
    done = 1;
    for (int i = 0; i < THREADS; ++i) pthread_join(threads[i], NULL);
    return 0;
}
