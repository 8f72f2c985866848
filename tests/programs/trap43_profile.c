/* Stacks are unwound while everything moves: libraries come and go at the same addresses under 8 threads,
   threads end, children are forked and return, timer signals hit malloc and allocate themselves, on their own
   stack, too. argv[1] names the part, argv[2] and [3] the libraries. Nothing may hang, crash or change. */
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "check.h"

enum { THREADS = 8 };

static const char* libraries[2];

static void churn(int rounds) {
    void* kept[16] = {0};
    for (int i = 0; i < rounds; ++i) {
        void** slot = &kept[i % 16];
        free(*slot);
        *slot = i % 3 == 0 ? calloc(1 + (size_t)i % 7, 48) : malloc(16 + (size_t)(i * 37 % 2000));
        CHECK(*slot != NULL, "round %d", i);
        if (i % 5 == 0) *slot = realloc(*slot, (size_t)(i * 53 % 3000) + 1);
    }
    for (int i = 0; i < 16; ++i) free(kept[i]);
}

static void* load_and_unload(void* argument) {
    const int number = (int)(long)argument;
    for (int i = 0; i < 40; ++i) {
        void* library = dlopen(libraries[(i + number) % 2], RTLD_NOW);
        CHECK(library != NULL, "%s", dlerror());
        void* (*make)(size_t) = (void* (*)(size_t))dlsym(library, "stacks_make");
        CHECK(make != NULL, "%s", dlerror());
        for (int j = 0; j < 10; ++j) free(make(100));
        void* late = make(200);
        CHECK(dlclose(library) == 0, "%s", dlerror());
        free(late);
        churn(20);
    }
    return NULL;
}

/* Alone, so that the second library surely lies where the first one was. */
static void one_after_the_other(void) {
    for (int i = 0; i < 8; ++i) load_and_unload((void*)(long)(i % 2));
}

static void* short_life(void* argument) {
    churn(50);
    return argument;
}

static volatile sig_atomic_t ticks;

static void on_tick(int number) {
    (void)number;
    ticks += 1;
    void* object = malloc(333);
    HIDE(object);
    free(object);
}

static void start_ticking(void) {
    struct sigaction action = {0};
    action.sa_handler = on_tick;
    action.sa_flags = SA_RESTART | SA_ONSTACK;
    CHECK(sigaction(SIGALRM, &action, NULL) == 0, "sigaction");
    static char other_stack[64 << 10];
    const stack_t stack = {.ss_sp = other_stack, .ss_size = sizeof other_stack};
    CHECK(sigaltstack(&stack, NULL) == 0, "sigaltstack");
    const struct itimerval often = {{0, 200}, {0, 200}};
    CHECK(setitimer(ITIMER_REAL, &often, NULL) == 0, "setitimer");
}

static void signals(void) {
    start_ticking();
    for (int i = 0; ticks < 300 && i < 100000; ++i) churn(100);
    const struct itimerval never = {{0, 0}, {0, 0}};
    CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0, "setitimer");
    CHECK(ticks >= 300, "%d signals", (int)ticks);
}

static volatile int stop;

static void* until_stopped(void* argument) {
    while (!stop) churn(100);
    return argument;
}

static void forks(void) {
    pthread_t threads[4];
    for (int i = 0; i < 4; ++i)
        CHECK(pthread_create(&threads[i], NULL, i % 2 ? until_stopped : load_and_unload, NULL) == 0,
              "thread");
    for (int i = 0; i < 100; ++i) {
        const pid_t child = i % 2 ? fork() : _Fork();
        CHECK(child >= 0, "fork");
        if (child == 0) {
            churn(100);
            _exit(7);
        }
        int status = 0;
        CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 7,
              "child %d: %x", i, status);
        churn(20);
    }
    stop = 1;
    for (int i = 0; i < 4; ++i) pthread_join(threads[i], NULL);
}

static void threads_end(void) {
    for (int i = 0; i < 60; ++i) {
        pthread_t threads[THREADS];
        for (int j = 0; j < THREADS; ++j)
            CHECK(pthread_create(&threads[j], NULL, short_life, NULL) == 0, "thread");
        for (int j = 0; j < THREADS; ++j) pthread_join(threads[j], NULL);
    }
}

int main(int argc, char** argv) {
    CHECK(argc == 4, "PART LIBRARY LIBRARY");
    libraries[0] = argv[2];
    libraries[1] = argv[3];
    if (strcmp(argv[1], "libraries") == 0) {
        pthread_t threads[THREADS];
        one_after_the_other();
        for (long i = 0; i < THREADS; ++i)
            CHECK(pthread_create(&threads[i], NULL, load_and_unload, (void*)i) == 0, "thread");
        for (int i = 0; i < THREADS; ++i) pthread_join(threads[i], NULL);
    } else if (strcmp(argv[1], "signals") == 0) {
        signals();
    } else if (strcmp(argv[1], "forks") == 0) {
        forks();
    } else if (strcmp(argv[1], "threads") == 0) {
        threads_end();
    } else {
        CHECK(0, "no part %s", argv[1]);
    }
    return 0;
}
