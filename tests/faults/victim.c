// Allocates in every way, expects nothing, and checks everything: a request is served, or answered NULL with ENOMEM; what
// was stored stands; a refused realloc changes nothing; the signal mask stays. Threads free each other's objects; there
// are dumps, resets and a fork between. Prints "ok CALLS HITS REFUSED".
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAY_RUN_WITHOUT  // where no memory is to be had at all
#include "../programs/check.h"

// In the library that is built for faults.
unsigned long morpharena_fault_calls(void) __attribute__((weak));
unsigned long morpharena_fault_hits(void) __attribute__((weak));

struct object {
    unsigned char* start;
    size_t size;
    unsigned char pattern;
};

enum { kObjects = 160, kShared = 64, kThreads = 3, kSteps = 350 };

static unsigned long refused;
static struct object shared[kShared];
static pthread_mutex_t shared_lock = PTHREAD_MUTEX_INITIALIZER;

static unsigned next(unsigned* random) {
    *random = *random * 1103515245u + 12345u;
    return *random >> 8;
}

// The ends and a byte each page between them.
static void visit(const struct object* object, int write) {
    for (size_t i = 0; i < object->size; i += i < 64 || object->size - i <= 4160 ? 1 : 4096) {
        if (write) object->start[i] = object->pattern;
        CHECK(object->start[i] == object->pattern, "%p of %zu: byte %zu is %d, not %d", (void*)object->start, object->size, i,
              object->start[i], object->pattern);
    }
}

static size_t any_size(unsigned* random) {
    const unsigned kind = next(random) % 100;
    if (kind < 60) return next(random) % 400;
    if (kind < 85) return next(random) % 9000;
    if (kind < 97) return next(random) % 100000;
    return next(random) % 3000000;
}

static int took(struct object* object, void* start, size_t size, unsigned* random) {
    if (start == NULL) {
        CHECK(errno == ENOMEM, "NULL for %zu with errno %d", size, errno);
        __atomic_fetch_add(&refused, 1, __ATOMIC_RELAXED);
        return 0;
    }
    CHECK((uintptr_t)start % 16 == 0, "%p", start);
    *object = (struct object){start, size, (unsigned char)next(random)};
    visit(object, 1);
    return 1;
}

static void drop(struct object* object) {
    if (object->start == NULL) return;
    visit(object, 0);
    errno = 77;
    free(object->start);
    CHECK(errno == 77, "free set errno to %d", errno);
    *object = (struct object){0};
}

static void make(struct object* object, unsigned* random) {
    const size_t size = any_size(random);
    errno = 0;
    switch (next(random) % 6) {
        case 0: {
            unsigned char* start = calloc(1, size);
            for (size_t i = 0; start != NULL && i < size; i += size < 5000 ? 1 : 509) CHECK(start[i] == 0, "calloc of %zu", size);
            took(object, start, size, random);
            break;
        }
        case 1:
            took(object, memalign((size_t)16 << next(random) % 10, size), size, random);
            break;
        default:
            took(object, malloc(size), size, random);
    }
}

static void resize(struct object* object, unsigned* random) {
    if (object->start == NULL) return make(object, random);
    visit(object, 0);
    const size_t size = any_size(random) + 1;
    const struct object before = *object;
    errno = 0;
    unsigned char* moved = realloc(before.start, size);
    if (moved == NULL) {
        CHECK(errno == ENOMEM, "realloc: errno %d", errno);
        visit(&before, 0);
        __atomic_fetch_add(&refused, 1, __ATOMIC_RELAXED);
        return;
    }
    for (size_t i = 0; i < 64 && i < size && i < before.size; ++i) CHECK(moved[i] == before.pattern, "realloc lost byte %zu", i);
    took(object, moved, size, random);
}

static void* work(void* seed) {
    unsigned random = (unsigned)(uintptr_t)seed;
    static struct object all[kThreads + 1][kObjects];
    struct object* mine = all[(uintptr_t)seed % (kThreads + 1)];
    for (int step = 0; step < kSteps; ++step) {
        struct object* object = &mine[next(&random) % kObjects];
        switch (next(&random) % 8) {
            case 0:
            case 1:
            case 2:
                drop(object);
                make(object, &random);
                break;
            case 3:
            case 4:
                resize(object, &random);
                break;
            case 5:
            case 6:
                drop(object);
                break;
            default: {
                pthread_mutex_lock(&shared_lock);
                struct object* place = &shared[next(&random) % kShared];
                const struct object other = *place;
                *place = *object;
                *object = other;
                pthread_mutex_unlock(&shared_lock);
            }
        }
        if (step == kSteps / 2) {
            raise(SIGUSR1);  // a dump, where it was asked for
            raise(SIGUSR2);  // a reset
        }
    }
    for (int i = 0; i < kObjects; ++i) drop(&mine[i]);
    return NULL;
}

static void ignore(int number) { (void)number; }

int main(void) {
    // Where no dump and no reset was asked for, the signals do nothing.
    struct sigaction now;
    for (int number = SIGUSR1; number <= SIGUSR2; number += SIGUSR2 - SIGUSR1) {
        if (sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_DFL) signal(number, ignore);
    }
    sigset_t blocked, mask;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGALRM);
    sigprocmask(SIG_BLOCK, &blocked, NULL);

    work((void*)0);
    pthread_t threads[kThreads];
    int started = 0;
    while (started < kThreads && pthread_create(&threads[started], NULL, work, (void*)(uintptr_t)(started + 1)) == 0) ++started;
    work((void*)0);
    for (int i = 0; i < started; ++i) pthread_join(threads[i], NULL);

    const pid_t child = fork();
    CHECK(child >= 0, "fork: errno %d", errno);
    work((void*)0);
    if (child == 0) exit(0);
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child && status == 0, "the child ended with %#x", status);
    malloc_trim(0);
    for (int i = 0; i < kShared; ++i) drop(&shared[i]);

    sigprocmask(SIG_BLOCK, NULL, &mask);
    CHECK(sigismember(&mask, SIGALRM) == 1 && sigismember(&mask, SIGTERM) == 0 && sigismember(&mask, SIGUSR1) == 0, "the signal mask has changed");
    char line[80];
    const int length = snprintf(line, sizeof line, "ok %lu %lu %lu\n", morpharena_fault_calls ? morpharena_fault_calls() : 0,
                                morpharena_fault_hits ? morpharena_fault_hits() : 0, refused);
    return write(1, line, (size_t)length) == length ? 0 : 1;
}
