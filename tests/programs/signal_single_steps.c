/* A handler that comes between the instructions (single_steps.h) of:
     family    malloc, realloc and free, with refills and large objects: it allocates at each of them;
     fork      fork(), with the handlers around it: the same;
     children  what family does: it forks at every 41st, and the child returns into the middle, goes on to the end and lives on. */
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "check.h"
#include "figures.h"
#include "single_steps.h"

enum { SLOTS = 24, OLD = 250 };

static unsigned char* objects[SLOTS];
static size_t sizes[SLOTS];
static void* old[OLD];
static int handler_forks;
static int serves_from_pool;
static volatile sig_atomic_t is_child;

/* Large objects (one in an arena, which takes nothing back) and, in the pool, small ones of sizes that the interrupted objects do not
   have: a list of free objects or a cursor that a handler moves under the hands of malloc is the one thing that no malloc promises to
   bear. */
static void use(void) {
    static const size_t some[] = {1500000, 24, 700, 5000, 30000};
    unsigned char* made[10];
    const size_t count = serves_from_pool ? 10 : 1;
    for (size_t i = 0; i < count; ++i) {
        made[i] = malloc(serves_from_pool ? some[i % 5] + i : 200000);
        if (made[i] == NULL) _exit(2);
        made[i][0] = (unsigned char)i;
    }
    for (size_t i = 0; i < count; ++i) {
        if (made[i][0] != i) _exit(3);
        free(made[i]);
    }
}

static void on_signal(int number) {
    (void)number;
    if (!handler_forks) {
        use();
    } else {
        const pid_t pid = fork();
        if (pid == 0) {
            signal(SIGUSR1, SIG_IGN);
            is_child = 1;
            return;
        }
        int status = 0;
        while (waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status)) kill(pid, SIGCONT); /* forked at the very end */
        if (status != 0) _exit(4);
    }
    __asm__ volatile("int3");
}

static void refill(int i, size_t bytes) {
    free(objects[i]);
    objects[i] = malloc(bytes);
    sizes[i] = bytes;
    objects[i][0] = objects[i][bytes - 1] = (unsigned char)(i + 1);
}

/* No libc call but the family: what runs here is stepped through. */
static void family(int round) {
    static const size_t some[] = {40000, 66000, 140000, 40, 900, 20000, 260000, 3000};
    for (int i = 0; i < SLOTS; ++i) refill(i, some[(i + round) % 8]);
    for (int i = 0; i < SLOTS; i += 6) refill(i, 1100000);
    for (int i = 0; i < SLOTS; ++i) {
        if (sizes[i] > 900) continue; /* each byte of a longer copy can be a step */
        objects[i] = realloc(objects[i], sizes[i] *= 2);
        objects[i][sizes[i] - 1] = (unsigned char)(i + 1);
    }
    for (int i = 0; i < SLOTS; i += 2) {
        free(objects[i]);
        objects[i] = NULL;
    }
}

static void look_at_all(void) {
    for (int i = 0; i < SLOTS; ++i) {
        const unsigned char expected = (unsigned char)(i + 1);
        if (objects[i] == NULL) continue;
        CHECK(objects[i][0] == expected && objects[i][sizes[i] - 1] == expected, "object %d of %zu bytes was overwritten", i,
              sizes[i]);
    }
}

/* Of the 250 MiB that are freed here the pool keeps 128 (core/heap/tuning.h), if it counts right. */
static void live_on(void) {
    const int counts = handler_forks && serves_from_pool;
    const uint64_t before = counts ? figures_now().bytes_returned : 0;
    for (int i = 0; i < OLD; ++i) free(old[i]);
    if (counts) CHECK(figures_now().bytes_returned > before + (64 << 20), "not given back");
    for (int i = 0; i < 5; ++i) use();
    look_at_all();
}

static void stepped_fork(void) {
    const pid_t pid = fork();
    if (pid == 0) _exit(0);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
}

static void child(int forks) {
    struct sigaction action = {.sa_handler = on_signal};
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0, "sigaction");
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigprocmask(SIG_BLOCK, &children, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int i = 0; handler_forks && i < OLD; ++i) old[i] = malloc(1000000);
    CHECK(ptrace(PTRACE_TRACEME, 0, 0, 0) == 0, "traceme");
    raise(SIGSTOP);
    if (forks) {
        stepped_fork();
    } else {
        family(1);
    }
    if (is_child) {
        live_on();
        _exit(0);
    }
    raise(SIGSTOP);
    live_on();
    _exit(0);
}

int main(int count, char** arguments) {
    CHECK(count == 2, "family, children or fork?");
    handler_forks = strcmp(arguments[1], "children") == 0;
    const char* mode = getenv("MORPHARENA_MODE");
    serves_from_pool = mode != NULL && strcmp(mode, "pool") == 0;
    const pid_t pid = fork();
    if (pid == 0) child(strcmp(arguments[1], "fork") == 0);
    const struct single_steps done = step_through(pid, SIGUSR1, handler_forks ? 41 : 1, 1);
    dprintf(1, "%lu signals in %lu steps\n", done.sent, done.steps);
    CHECK(done.sent > (handler_forks ? 100 : 500), "%lu signals in %lu steps", done.sent, done.steps);
    return 0;
}
