/* A handler that allocates comes while the first allocation of a process has a lock and is about to block signals, or has let them
   in again: at each such place, in a child of its own. */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static void allocate_in_handler(int signal) {
    (void)signal;
    void* object = malloc(50);
    HIDE(object);
    free(object);
}

static void be_born(void) {
    CHECK(ptrace(PTRACE_TRACEME, 0, 0, 0) == 0, "ptrace");
    raise(SIGSTOP);
    void* object = malloc(100);
    raise(SIGSTOP);
    CHECK(object != NULL, "malloc");
    struct morpharena_figures figures; /* of all heaps */
    CHECK(morpharena_snapshot(&figures, sizeof figures) == sizeof figures, "figures");
    free(object);
    _exit(0);
}

static int at_mask_call(pid_t child) {
    struct user_regs_struct registers;
    CHECK(ptrace(PTRACE_GETREGS, child, 0, &registers) == 0, "registers");
    if (registers.rax != SYS_rt_sigprocmask) return 0;
    return (ptrace(PTRACE_PEEKTEXT, child, registers.rip, 0) & 0xffff) == 0x050f; /* syscall */
}

/* 0: there are fewer such places than that. */
static int try_place(int place) {
    const pid_t child = _Fork(); /* handlers of fork would have the heap born */
    if (child == 0) be_born();
    int status = 0;
    CHECK(child > 0 && waitpid(child, &status, 0) == child && WIFSTOPPED(status), "child");
    CHECK(ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_EXITKILL) == 0, "options"); /* it may go round in a circle */
    int seen = 0;
    while (seen < place) {
        CHECK(ptrace(PTRACE_SINGLESTEP, child, 0, 0) == 0 && waitpid(child, &status, 0) == child, "step");
        CHECK(WIFSTOPPED(status), "status %x", status);
        if (WSTOPSIG(status) == SIGSTOP) break;
        if (at_mask_call(child)) ++seen;
    }
    int forward = seen == place ? SIGUSR1 : 0;
    while (WIFSTOPPED(status)) {
        CHECK(ptrace(PTRACE_CONT, child, 0, forward) == 0 && waitpid(child, &status, 0) == child, "go on");
        /* Where it is blocked, it comes anew when it no longer is. */
        forward = WIFSTOPPED(status) && WSTOPSIG(status) != SIGSTOP ? WSTOPSIG(status) : 0;
    }
    CHECK(status == 0, "place %d: status %x", place, status);
    return seen == place;
}

int main(void) {
    free(malloc(1));
    signal(SIGUSR1, allocate_in_handler);
    int place = 1;
    while (try_place(place)) ++place;
    CHECK(place > 2, "no such place was met");
    return 0;
}
