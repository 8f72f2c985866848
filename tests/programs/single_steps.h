/* A child that stops itself is gone through one instruction at a time until it stops itself again, and a signal is sent to it
   between any two of them, or some of them, but while its handler runs. Where the library blocks signals the kernel keeps it back, so that no place
   of the lock's is spared either. */
#ifndef MORPHARENA_TEST_SINGLE_STEPS_H
#define MORPHARENA_TEST_SINGLE_STEPS_H

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

#include "check.h"

struct single_steps {
    unsigned long steps;
    unsigned long sent;
};

static inline int steps_blocked(pid_t pid, int signal) {
    uint64_t mask = 0;
    CHECK(ptrace(PTRACE_GETSIGMASK, pid, sizeof mask, &mask) == 0, "mask");
    return (mask >> (signal - 1) & 1) != 0;
}

static inline uint64_t steps_place(pid_t pid) {
    struct user_regs_struct registers;
    CHECK(ptrace(PTRACE_GETREGS, pid, 0, &registers) == 0, "registers");
    return registers.rip;
}

static inline int steps_wait(pid_t pid, int* status) {
    while (waitpid(pid, status, 0) < 0) CHECK(errno == EINTR, "wait");
    return WIFSTOPPED(*status) ? WSTOPSIG(*status) : 0;
}

/* The child has said PTRACE_TRACEME and raises SIGSTOP before and behind each stretch. It blocks SIGCHLD, if it has children.
   `every`: 1, or a number that shares no factor with the code's loops where the handler takes long.
   `trap_at_end`: the handler's last act is int3, and it runs at full speed up to there. Returns when the child has ended, well. */
static inline struct single_steps step_through(pid_t pid, int signal, unsigned every, int trap_at_end) {
    struct single_steps done = {0, 0};
    int status = 0;
    int stepping = 0;
    int pending = 0;
    int at_full_speed = 0;    /* in the handler */
    uint64_t interrupted = 0; /* where the handler will return to; 0: it is not running */
    for (int stop = steps_wait(pid, &status); stop != 0; stop = steps_wait(pid, &status)) {
        int forward = 0;
        if (stop == signal) {
            forward = stop;
            pending = 0;
            interrupted = steps_place(pid);
            at_full_speed = trap_at_end;
        } else if (stop == SIGSTOP) {
            stepping = !stepping;
        } else {
            CHECK(stop == SIGTRAP, "signal %d", stop);
            at_full_speed = 0;
            if (interrupted == 0 && stepping && !pending && done.steps % every == 0) {
                kill(pid, signal);
                pending = 1;
                ++done.sent;
            }
            /* That instruction is to be executed before the next signal. */
            if (interrupted != 0 && steps_place(pid) == interrupted && !steps_blocked(pid, signal)) interrupted = 0;
        }
        done.steps += (unsigned)stepping;
        CHECK(ptrace(stepping && !at_full_speed ? PTRACE_SINGLESTEP : PTRACE_CONT, pid, 0, forward) == 0, "step");
    }
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child ended with %x after %lu signals in %lu steps", status,
          done.sent, done.steps);
    return done;
}

#endif
