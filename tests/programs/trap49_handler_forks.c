/* A signal handler that interrupted malloc forks. The child allocates in the handler (`exit`), or returns from it and goes on
   where malloc was interrupted (`return`). FORKS: how many (default 400). */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "check.h"

static volatile sig_atomic_t forked;
static volatile sig_atomic_t is_child;
static volatile sig_atomic_t bad;
static volatile int returns;

/* One alarm at a time, asked for again when the last is dealt with: where a fork takes longer than the interval, a timer that
   repeats would leave the program no instruction of its own. */
static void ask_for_alarm(void) {
    const struct itimerval once = {{0, 0}, {0, 500}};
    setitimer(ITIMER_REAL, &once, NULL);
}

static void on_alarm(int number) {
    (void)number;
    const pid_t child = fork();
    if (child == 0) {
        signal(SIGALRM, SIG_DFL);
        alarm(10);
        is_child = 1;
        if (returns) return;
        for (int i = 0; i < 300; ++i) {
            char* object = malloc(16 + (size_t)i * 7);
            if (object == NULL) _exit(3);
            memset(object, i, 16 + (size_t)i * 7);
            if (i % 3) free(object);
        }
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (status != 0) bad = status;
    ++forked;
    ask_for_alarm();
}

int main(int argc, char** argv) {
    returns = argc > 1 && strcmp(argv[1], "return") == 0;
    const char* wanted = getenv("FORKS");
    const int forks = wanted ? atoi(wanted) : 400;
    struct sigaction action = {.sa_handler = on_alarm};
    sigaction(SIGALRM, &action, NULL);
    ask_for_alarm();
    char* objects[64] = {0};
    for (unsigned i = 0; forked < forks; ++i) {
        char** slot = &objects[i * 7 % 64];
        free(*slot);
        *slot = malloc(16 + i % 100);
        CHECK(*slot != NULL, "malloc");
        **slot = 1;
        /* An arena gives nothing back: a pause between bursts keeps this under a hundred MB or so. */
        if (i % 4096 == 0 && !is_child) usleep(600);
        if (is_child) {
            /* A while in the child, then out: what was interrupted must have come to a good end. */
            for (int k = 0; k < 2000; ++k) {
                char* object = malloc(16 + (size_t)k % 900);
                CHECK(object != NULL, "malloc in the child");
                memset(object, 1, 16 + (size_t)k % 900);
                free(object);
            }
            _exit(0);
        }
        CHECK(!bad, "a child ended with status %x", (int)bad);
    }
    return 0;
}
