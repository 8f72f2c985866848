/* The reset's signal at every instruction: a child goes through malloc, calloc, realloc, aligned_alloc and free, with refills and
   large objects, one instruction at a time, and the signal is sent to it between any two of them, but while its handler runs. Where
   the library blocks signals the kernel keeps it back, so that no place of the lock's is spared either. Then the child looks at every
   object that lives, and says how many resets were honoured meanwhile. */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

#include "check.h"
#include "figures.h"

enum { SLOTS = 16 };

static unsigned char* objects[SLOTS];
static size_t sizes[SLOTS];

static void fill(int i, size_t bytes) {
    CHECK(objects[i] != NULL, "object %d", i);
    sizes[i] = bytes;
    objects[i][0] = objects[i][bytes / 2] = objects[i][bytes - 1] = (unsigned char)(i + 1);
}

static void look_at(int i) {
    const unsigned char expected = (unsigned char)(i + 1);
    CHECK(objects[i][0] == expected && objects[i][sizes[i] / 2] == expected && objects[i][sizes[i] - 1] == expected,
          "object %d of %zu bytes was overwritten", i, sizes[i]);
}

/* No libc call but the family: what runs here is stepped through. Blocks are 64 KiB, so objects of 9,000 bytes soon need another. */
static void stepped_through(int round) {
    for (int i = 0; i < SLOTS; ++i) {
        if (objects[i] != NULL && (i + round) % 3 != 0) continue;
        free(objects[i]);
        size_t bytes = i == 7 ? 300000 : i % 4 == 0 ? 9000 : 40 + (size_t)i;
        objects[i] = i % 5 == 1 ? calloc(1, bytes) : i % 5 == 2 ? aligned_alloc(64, bytes) : malloc(bytes);
        if (i % 5 == 1) CHECK(objects[i][0] == 0 && objects[i][bytes / 2] == 0 && objects[i][bytes - 1] == 0, "calloc");
        if (i % 5 == 3) objects[i] = realloc(objects[i], bytes *= 3);
        fill(i, bytes);
    }
}

static void child(void) {
    CHECK(ptrace(PTRACE_TRACEME, 0, 0, 0) == 0, "traceme");
    for (int round = 0; round < 2; ++round) {
        const uint64_t before = figures_now().resets;
        raise(SIGSTOP);
        stepped_through(round);
        raise(SIGSTOP);
        for (int i = 0; i < SLOTS; ++i) look_at(i);
        CHECK(figures_now().resets > before, "no reset in round %d", round);
    }
    _exit(0);
}

static int blocked(pid_t pid) {
    uint64_t mask = 0;
    CHECK(ptrace(PTRACE_GETSIGMASK, pid, sizeof mask, &mask) == 0, "mask");
    return (mask >> (SIGUSR2 - 1) & 1) != 0;
}

static uint64_t place(pid_t pid) {
    struct user_regs_struct registers;
    CHECK(ptrace(PTRACE_GETREGS, pid, 0, &registers) == 0, "registers");
    return registers.rip;
}

static int wait_for_stop(pid_t pid, int* status) {
    while (waitpid(pid, status, 0) < 0) CHECK(errno == EINTR, "wait");
    return WIFSTOPPED(*status) ? WSTOPSIG(*status) : 0;
}

int main(void) {
    const pid_t pid = fork();
    if (pid == 0) child();
    int status = 0;
    unsigned long sent = 0;
    unsigned long steps = 0;
    int stepping = 0;
    int pending = 0;
    uint64_t interrupted = 0; /* where the handler will return to; 0: it is not running */
    for (int stop = wait_for_stop(pid, &status); stop != 0; stop = wait_for_stop(pid, &status)) {
        int forward = 0;
        if (stop == SIGUSR2) {
            forward = stop;
            pending = 0;
            interrupted = place(pid);
        } else if (stop == SIGSTOP) {
            stepping = !stepping;
        } else {
            CHECK(stop == SIGTRAP, "signal %d", stop);
            if (interrupted == 0 && stepping && !pending) {
                kill(pid, SIGUSR2);
                pending = 1;
                ++sent;
            }
            /* That instruction is to be executed before the next signal. */
            if (interrupted != 0 && place(pid) == interrupted && !blocked(pid)) interrupted = 0;
        }
        steps += (unsigned)stepping;
        CHECK(ptrace(stepping ? PTRACE_SINGLESTEP : PTRACE_CONT, pid, 0, forward) == 0, "step");
    }
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child ended with %x", status);
    CHECK(sent > 1000, "%lu signals in %lu steps", sent, steps);
    dprintf(1, "%lu signals in %lu steps\n", sent, steps);
    return 0;
}
