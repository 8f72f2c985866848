/* Four threads fork at the same time, and open and close streams: whatever a fork takes, beside libc's own locks, each of them must
   take in the same order. `dumps`: each asks for dumps as well. A hang is the failure. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { THREADS = 4, FORKS = 150 };

static int dumps;

static void* fork_often(void* unused) {
    for (int i = 0; i < FORKS; ++i) {
        FILE* stream = fopen("/dev/null", "w"); /* on libc's list, by its lock */
        CHECK(stream != NULL, "/dev/null");
        if (dumps) morpharena_dump();
        const pid_t child = fork();
        CHECK(child >= 0, "fork %d", i);
        if (child == 0) {
            free(malloc(1 << 20));
            _exit(0);
        }
        free(malloc(1 << 20));
        fclose(stream);
        int status = 0;
        CHECK(waitpid(child, &status, 0) == child && status == 0, "child %d: status %x", i, status);
    }
    return unused;
}

int main(int count, char** arguments) {
    (void)arguments;
    dumps = count > 1;
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; ++i) CHECK(pthread_create(&threads[i], NULL, fork_often, NULL) == 0, "thread %d", i);
    for (int i = 0; i < THREADS; ++i) CHECK(pthread_join(threads[i], NULL) == 0, "join %d", i);
    return 0;
}
