/* A signal handler that interrupted malloc forks. The child allocates in the handler (`exit`), or returns
   from it and goes on where malloc was interrupted (`return`). FORKS: how many (default 400); at least a
   tenth of them within the library. */
#include <dlfcn.h>
#include <link.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <ucontext.h>

#include "check.h"
#include "proc_file.h"

enum { BURST = 6000 }; /* an arena gives nothing back: at most 500 KB a burst */

static volatile sig_atomic_t alarmed, inside, is_child, bad;
static volatile int returns;
static uintptr_t code_begins, code_ends; /* of the library whose malloc this is */

static int find_code(struct dl_phdr_info* object, size_t size, void* wanted) {
    (void)size;
    for (int i = 0; i < object->dlpi_phnum; ++i) {
        const ElfW(Phdr)* part = &object->dlpi_phdr[i];
        const uintptr_t begins = object->dlpi_addr + part->p_vaddr;
        if (part->p_type != PT_LOAD || (uintptr_t)wanted - begins >= part->p_memsz) continue;
        code_begins = begins;
        code_ends = begins + part->p_memsz;
        return 1;
    }
    return 0;
}

static int is_inside(const void* context) {
    const greg_t place = ((const ucontext_t*)context)->uc_mcontext.gregs[REG_RIP];
    return (uintptr_t)place >= code_begins && (uintptr_t)place < code_ends;
}

static void on_alarm(int number, siginfo_t* information, void* context);

/* One alarm at a time: where a fork takes longer than the interval, one that repeats would leave the program
   no instruction of its own. Not blocked in its handler, where the next alarm is that of a lock that is never
   given back. */
static void ask_for_alarm(long microseconds) {
    const struct sigaction action = {.sa_sigaction = on_alarm, .sa_flags = SA_SIGINFO | SA_NODEFER};
    const struct itimerval once = {{0, 0}, {0, microseconds}};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &once, NULL);
}

static void end_if_hung(void) {
    signal(SIGALRM, SIG_DFL);
    alarm(30);
}

static void on_alarm(int number, siginfo_t* information, void* context) {
    (void)number;
    (void)information;
    end_if_hung();
    const pid_t child = fork();
    if (child == 0) {
        end_if_hung();
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
    alarm(0);
    inside += is_inside(context);
    alarmed = 1;
}

int main(int argc, char** argv) {
    returns = argc > 1 && strcmp(argv[1], "return") == 0;
    const int forks = (int)number_from_environment("FORKS", 400);
    CHECK(dl_iterate_phdr(find_code, dlsym(RTLD_DEFAULT, "malloc")) == 1, "whose malloc is this?");
    char* objects[64] = {0};
    unsigned seed = 1;
    int i = 0;
    for (; i < forks || (inside < forks / 10 && i < forks * 10); ++i) {
        alarmed = 0;
        seed = seed * 1103515245 + 12345;
        ask_for_alarm(5 + (seed >> 16) % 96);
        for (unsigned k = 0; k < BURST && !alarmed && !is_child; ++k) {
            char** slot = &objects[k * 7 % 64];
            free(*slot);
            *slot = malloc(16 + k % 100);
            CHECK(*slot != NULL, "malloc");
            **slot = 1;
        }
        while (!alarmed && !is_child) usleep(20);
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
    dprintf(1, "%d of %d alarms within the library\n", (int)inside, i);
    CHECK(inside >= forks / 10, "%d alarms within the library", (int)inside);
    return 0;
}
