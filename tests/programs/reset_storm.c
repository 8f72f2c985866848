/* Safe resets, 1,000 a second by a signal from another process, over threads that fill every object with a pattern of its own
   and look at it before they free it: 8 threads, objects handed to other threads, fork children that go on, dlopen of a library
   with TLS. A child that another thread's fork made allocates and frees what it inherited.

   RESETS: how many resets the storm lasts (default 400). `two`: as many dumps are asked for, by SIGUSR1. `resets` or `none`: what
   the library must have made of the signal; `none` in the modes without an arena. Arena mode gives back nothing between resets, so
   how much each thread makes between two of them is bounded. */
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "check.h"
#include "figures.h"
#include "proc_file.h"

enum { THREADS = 8, SLOTS = 400, SHARED = 256 };

struct object {
    struct object* self; /* nobody else's pointer */
    uint32_t bytes;
    uint32_t seed;
    unsigned char fill[];
};

static _Atomic(struct object*) shared[SHARED];
static atomic_int stop;
static const char* tls_library;

static uint32_t next(uint32_t* state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static struct object* make(uint32_t* random) {
    const uint32_t kind = next(random) % 1000;
    const uint32_t bytes = (uint32_t)sizeof(struct object) +
                           (kind < 2 ? 600000 + next(random) % 1000000 : kind < 50 ? next(random) % 20000 : next(random) % 300);
    struct object* object = kind % 3 ? malloc(bytes) : calloc(1, bytes);
    CHECK(object != NULL, "no memory");
    if (kind % 3 == 0) {
        CHECK(object->self == NULL && object->bytes == 0, "calloc");
        for (uint32_t i = 0; i < bytes - sizeof *object; i += 61) CHECK(object->fill[i] == 0, "calloc at %u of %u", i, bytes);
    }
    *object = (struct object){object, bytes, next(random)};
    memset(object->fill, (int)(object->seed & 0xff), bytes - sizeof *object);
    return object;
}

static void look_at(const struct object* object) {
    CHECK(object->self == object, "header of %p", (const void*)object);
    const uint32_t bytes = object->bytes - (uint32_t)sizeof *object;
    for (uint32_t i = 0; i < bytes; i += bytes > 5000 ? 97 : 7) {
        CHECK(object->fill[i] == (object->seed & 0xff), "byte %u of %u of %p", i, bytes, (const void*)object);
    }
    if (bytes) CHECK(object->fill[bytes - 1] == (object->seed & 0xff), "the last byte of %p", (const void*)object);
}

static void drop(struct object* object) {
    if (object == NULL) return;
    look_at(object);
    memset(object, 0xdd, object->bytes < 64 ? object->bytes : 64);
    free(object);
}

static struct object* grow(struct object* object, uint32_t* random) {
    look_at(object);
    const uint32_t bytes = object->bytes + next(random) % 500;
    struct object* grown = realloc(object, bytes);
    CHECK(grown != NULL, "realloc");
    grown->self = grown;
    memset(grown->fill + grown->bytes - sizeof *grown, (int)(grown->seed & 0xff), bytes - grown->bytes);
    grown->bytes = bytes;
    return grown;
}

static void work(struct object** slots, uint32_t* random, int steps) {
    for (int i = 0; i < steps; ++i) {
        struct object** slot = &slots[next(random) % SLOTS];
        const uint32_t deed = next(random) % 16;
        if (deed == 0) {
            /* To whoever comes by: a free by another thread, most likely. */
            *slot = atomic_exchange(&shared[next(random) % SHARED], *slot);
            if (*slot != NULL) look_at(*slot);
        } else if (deed == 1 && *slot != NULL) {
            *slot = grow(*slot, random);
        } else {
            drop(*slot);
            *slot = deed < 10 ? make(random) : NULL;
        }
    }
}

static void fork_one(struct object** slots, uint32_t* random) {
    const pid_t child = fork();
    if (child == 0) {
        work(slots, random, 2000);
        for (int i = 0; i < SLOTS; ++i) drop(slots[i]);
        _exit(0);
    }
    int status = 0;
    CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0, "the child ended with %x", status);
}

static void* run(void* number) {
    uint32_t random = (uint32_t)(uintptr_t)number * 7919 + 1;
    struct object* slots[SLOTS] = {0};
    const struct timespec pause = {0, 500000};
    for (unsigned round = 0; !atomic_load(&stop); ++round) {
        work(slots, &random, 500);
        if (round % 64 == 10 && (uintptr_t)number == 1) fork_one(slots, &random);
        if (round % 16 == 3 && (uintptr_t)number == 2) {
            void* library = dlopen(tls_library, RTLD_NOW);
            CHECK(library != NULL, "%s", dlerror());
            dlclose(library);
        }
        /* Thread 3 is idle for long stretches: others reset what is its. */
        nanosleep(&pause, NULL);
        if ((uintptr_t)number == 3) usleep(20000);
    }
    for (int i = 0; i < SLOTS; ++i) drop(slots[i]);
    return NULL;
}

/* Threads that come and go, so that heaps are taken over in the middle of it. */
static void* short_life(void* number) {
    uint32_t random = (uint32_t)(uintptr_t)number + 77;
    struct object* slots[SLOTS] = {0};
    work(slots, &random, 3000);
    for (int i = 0; i < SLOTS; ++i) drop(slots[i]);
    return NULL;
}

static void nothing(int number) {
    (void)number;
}

/* In a mode without an arena the library leaves the signal alone: then it only interrupts. */
static void keep_signal(void) {
    struct sigaction now;
    CHECK(sigaction(SIGUSR2, NULL, &now) == 0, "sigaction");
    if (now.sa_handler == SIG_DFL) {
        const struct sigaction action = {.sa_handler = nothing, .sa_flags = SA_RESTART};
        CHECK(sigaction(SIGUSR2, &action, NULL) == 0, "sigaction");
    }
}

static pid_t begin_storm(long resets, int dumps_too) {
    const pid_t target = getpid();
    const pid_t sender = fork();
    if (sender != 0) return sender;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const struct timespec interval = {0, 1000000};
    for (long i = 0; i < resets; ++i) {
        kill(target, SIGUSR2);
        if (dumps_too) kill(target, SIGUSR1);
        nanosleep(&interval, NULL);
    }
    _exit(0);
}

int main(int argc, char** argv) {
    CHECK(argc > 2 && (strcmp(argv[2], "resets") == 0 || strcmp(argv[2], "none") == 0), "usage: reset_storm LIBRARY resets|none [two]");
    tls_library = argv[1];
    keep_signal();
    const pid_t sender = begin_storm(number_from_environment("RESETS", 400), argc > 3 && strcmp(argv[3], "two") == 0);
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; ++i) CHECK(pthread_create(&threads[i], NULL, run, (void*)i) == 0, "thread");
    int status = 0;
    for (uintptr_t round = 0; waitpid(sender, &status, WNOHANG) == 0; ++round) {
        pthread_t brief;
        CHECK(pthread_create(&brief, NULL, short_life, (void*)round) == 0, "thread");
        pthread_join(brief, NULL);
        usleep(5000);
    }
    CHECK(status == 0, "the sender ended with %x", status);
    atomic_store(&stop, 1);
    for (int i = 0; i < THREADS; ++i) pthread_join(threads[i], NULL);
    for (int i = 0; i < SHARED; ++i) drop(atomic_load(&shared[i]));
    const struct morpharena_figures now = figures_now();
    dprintf(1, "%lu resets, %lu blocks taken back\n", (unsigned long)now.resets, (unsigned long)now.blocks_rewound);
    CHECK((now.resets > 0) == (strcmp(argv[2], "resets") == 0), "%lu resets", (unsigned long)now.resets);
    const char* mode = getenv("MORPHARENA_MODE");
    CHECK(now.blocks_rewound > 0 || mode == NULL || strcmp(mode, "arena") != 0, "nothing was taken back");
    dprintf(1, "a peak of %zu KB\n", peak_bytes() >> 10);
    return 0;
}
