/* A thread that forks while another thread has what fork waits for. */
#ifndef MORPHARENA_TEST_FORK_WAITS_H
#define MORPHARENA_TEST_FORK_WAITS_H

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

/* Returns when the thread sleeps in the kernel for a futex. Without stdio, whose locks may be taken. */
static inline void await_sleep(pid_t thread) {
    char path[64], line[16], futex[16];
    snprintf(path, sizeof path, "/proc/self/task/%d/syscall", thread);
    snprintf(futex, sizeof futex, "%d ", SYS_futex);
    for (;;) {
        const int file = open(path, O_RDONLY | O_CLOEXEC);
        if (file < 0) SKIP("/proc does not tell where threads wait");
        const ssize_t got = read(file, line, sizeof line);
        close(file);
        if (got > (ssize_t)strlen(futex) && memcmp(line, futex, strlen(futex)) == 0) return;
        usleep(1000);
    }
}

/* Started beforehand: what is needed to start a thread may be locked when it is to fork. */
struct forker {
    pthread_t thread;
    _Atomic pid_t id;
    atomic_int go;
};

static inline void* fork_when_told(void* argument) {
    struct forker* forker = argument;
    forker->id = (pid_t)syscall(SYS_gettid);
    while (!forker->go) usleep(1000);
    const pid_t child = fork();
    CHECK(child >= 0, "fork");
    if (child == 0) {
        free(malloc(100));
        free(malloc(1 << 20));
        _exit(0);
    }
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child && status == 0, "the child ended with %x", status);
    return NULL;
}

static inline void start_forker(struct forker* forker) {
    CHECK(pthread_create(&forker->thread, NULL, fork_when_told, forker) == 0, "no thread");
    while (forker->id == 0) usleep(1000);
}

static inline void fork_until_it_waits(struct forker* forker) {
    forker->go = 1;
    await_sleep(forker->id);
}

#endif
