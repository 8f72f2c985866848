/* The reset's signal where it is least welcome: before main, inside malloc and the refill, during fork, in a vfork child, and
   (with lib_reset_signal) after main. With `handler` the library had a handler of its own before: it must be called, too. */
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "check.h"
#include "figures.h"

static atomic_int stop;
static atomic_int sent;
static pthread_t main_thread;

static void churn(int rounds) {
    static char* kept[64];
    for (int i = 0; i < rounds; ++i) {
        char** slot = &kept[i % 64];
        const size_t bytes = 16 + (size_t)(i * 37 % 30000);
        if (*slot != NULL) CHECK((*slot)[0] == (*slot)[15], "round %d: an object was overwritten", i);
        free(*slot);
        *slot = malloc(bytes);
        CHECK(*slot != NULL, "malloc");
        memset(*slot, i, bytes);
    }
}

__attribute__((constructor)) static void before_main(void) {
    raise(SIGUSR2);
    churn(2000);
}

static void* send(void* nothing) {
    while (!atomic_load(&stop)) {
        pthread_kill(main_thread, SIGUSR2);
        atomic_fetch_add(&sent, 1);
        for (volatile int i = 0; i < 20000; ++i) {
        }
    }
    return nothing;
}

int main(int argc, char** argv) {
    const int handler = argc > 1 && strcmp(argv[1], "handler") == 0;
    const volatile sig_atomic_t* seen = dlsym(RTLD_DEFAULT, "reset_signals_seen");
    main_thread = pthread_self();
    if (handler) {
        raise(SIGUSR2);
        CHECK(seen != NULL && *seen >= 1, "the library's handler was not called");
        churn(2000);
        return 0;
    }
    CHECK(figures_now().resets >= 1, "the signal before main was not honoured");

    /* A vfork child has its parent's memory; its signals are its own. */
    churn(2000);
    const uint64_t before = figures_now().resets;
    const pid_t child = vfork();
    if (child == 0) {
        raise(SIGUSR2);
        _exit(7);
    }
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 7, "vfork child: %x", status);
    churn(2000);
    CHECK(figures_now().resets == before, "a vfork child's signal became its parent's reset");

    /* Every few hundred instructions of ours: inside malloc, free, the refill. */
    pthread_t sender;
    CHECK(pthread_create(&sender, NULL, send, NULL) == 0, "thread");
    for (int i = 0; i < 300 || atomic_load(&sent) < 300; ++i) churn(500);
    for (int i = 0; i < 60; ++i) {
        const pid_t forked = fork();
        if (forked == 0) {
            raise(SIGUSR2);
            churn(3000);
            _exit(0);
        }
        CHECK(forked > 0 && waitpid(forked, &status, 0) == forked && status == 0, "fork child: %x", status);
        churn(100);
    }
    atomic_store(&stop, 1);
    pthread_join(sender, NULL);
    CHECK(figures_now().resets > before, "%lu resets of %d signals", (unsigned long)(figures_now().resets - before),
          atomic_load(&sent));
    return 0;
}
