/* The reset's signal at every instruction (single_steps.h) of malloc, calloc, realloc, aligned_alloc and free, with refills and large
   objects. Then the child looks at every object that lives, and says how many resets were honoured meanwhile. */
#include <stdlib.h>

#include "check.h"
#include "figures.h"
#include "single_steps.h"

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

int main(void) {
    const pid_t pid = fork();
    if (pid == 0) child();
    const struct single_steps done = step_through(pid, SIGUSR2, 1, 0);
    CHECK(done.sent > 1000, "%lu signals in %lu steps", done.sent, done.steps);
    dprintf(1, "%lu signals in %lu steps\n", done.sent, done.steps);
    return 0;
}
