/* fork while 15 other threads allocate: the child's heap is whole. FORKS in the environment: how many (default 300). */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "check.h"

static volatile int stop;

static void allocate_some(unsigned seed, int count) {
    char* objects[32] = {0};
    size_t sizes[32] = {0};
    for (int i = 0; i < count; ++i) {
        seed = seed * 1103515245 + 12345;
        const unsigned slot = seed >> 16 & 31;
        for (size_t k = 0; k < sizes[slot]; k += 97) CHECK(objects[slot][k] == (char)slot, "contents");
        free(objects[slot]);
        /* An arena gives nothing back, so that what is made in a second must be little. */
        sizes[slot] = (seed >> 8) % 300 + (seed % 4999 == 0 ? 700000 : 0);
        objects[slot] = malloc(sizes[slot]);
        CHECK(objects[slot] != NULL, "malloc(%zu)", sizes[slot]);
        memset(objects[slot], (char)slot, sizes[slot]);
    }
    for (int i = 0; i < 32; ++i) free(objects[i]);
}

static void* work(void* number) {
    unsigned seed = (unsigned)(size_t)number;
    while (!stop) {
        allocate_some(++seed, 50);
        usleep(4000); /* two processors have to do */
    }
    return NULL;
}

int main(void) {
    const char* wanted = getenv("FORKS");
    const int forks = wanted ? atoi(wanted) : 300;
    pthread_t threads[15];
    for (size_t i = 0; i < 15; ++i) CHECK(pthread_create(&threads[i], NULL, work, (void*)(i * 1000)) == 0, "thread %zu", i);
    for (int i = 0; i < forks; ++i) {
        allocate_some((unsigned)i, 10);
        const pid_t child = fork();
        CHECK(child >= 0, "fork %d", i);
        if (child == 0) {
            alarm(20); /* a lock held by a thread that is not here */
            allocate_some((unsigned)i, 40);
            _exit(0);
        }
        int status = 0;
        waitpid(child, &status, 0);
        CHECK(status == 0, "child %d: status %x", i, status);
    }
    stop = 1;
    for (size_t i = 0; i < 15; ++i) pthread_join(threads[i], NULL);
    return 0;
}
