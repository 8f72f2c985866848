/* Sandboxes as programs set them up: what the filter does not list is refused (EPERM), or ends the process
   (`kill`); or some calls are answered by a handler of SIGSYS in the program (`trap`). Small, large, growing and
   aligned objects are made and freed on, in the process that was there before and in threads born before the filter. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>

#include "check.h"

#define ON(number, deed) \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##number, 0, 1), BPF_STMT(BPF_RET | BPF_K, deed)
#define ALLOW(number) ON(number, SECCOMP_RET_ALLOW)

static void install(const struct sock_fprog* program, unsigned flags) {
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, program) != 0) {
        SKIP("no seccomp here: errno %d", errno);
    }
}

static atomic_int trapped;

static void refuse(int signal, siginfo_t* info, void* context) {
    (void)signal;
    (void)info;
    ++trapped;
    ((ucontext_t*)context)->uc_mcontext.gregs[REG_RAX] = -EPERM;
}

/* For this thread alone: libc gives up a thread's stack (madvise) with signals blocked. */
static void trap(void) {
    struct sigaction action = {.sa_sigaction = refuse, .sa_flags = SA_SIGINFO};
    CHECK(sigaction(SIGSYS, &action, NULL) == 0, "SIGSYS");
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        ON(mremap, SECCOMP_RET_TRAP),
        ON(madvise, SECCOMP_RET_TRAP),
        ON(clock_gettime, SECCOMP_RET_TRAP),
        ON(getpid, SECCOMP_RET_TRAP),
        ON(gettid, SECCOMP_RET_TRAP),
        ON(tgkill, SECCOMP_RET_TRAP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof code / sizeof *code, code};
    install(&program, 0);
    CHECK(syscall(SYS_gettid) == -1 && trapped == 1, "trapped %d", trapped);
}

static void confine(int kills) {
    const unsigned otherwise = kills ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | EPERM;
    /* Who kills must list what a thread's malloc asks for: glibc's a random number, ours who it is
     * and who has ended. */
    const unsigned besides = kills ? SECCOMP_RET_ALLOW : otherwise;
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        ALLOW(mmap),
        ALLOW(munmap),
        ALLOW(mremap),
        ALLOW(madvise),
        ALLOW(futex),
        ALLOW(rt_sigprocmask),
        ALLOW(write),
        ALLOW(exit),
        ALLOW(exit_group),
        ALLOW(brk), /* glibc's malloc, below mode system */
        ALLOW(mprotect),
        ON(getpid, besides),
        ON(gettid, besides),
        ON(tgkill, besides),
        ON(clock_gettime, besides),
        BPF_STMT(BPF_RET | BPF_K, otherwise),
    };
    const struct sock_fprog program = {sizeof code / sizeof *code, code};
    install(&program, SECCOMP_FILTER_FLAG_TSYNC);
}

static pthread_barrier_t barrier;

static void allocate(unsigned seed) {
    char* kept[64] = {0};
    for (int i = 0; i < 20000; ++i) {
        seed = seed * 1103515245 + 12345;
        char** slot = &kept[seed >> 20 & 63];
        const size_t size = i % 997 == 0 ? 3000000 : i % 101 == 0 ? 70000 : seed >> 16 & 511;
        if (i % 3 == 0) {
            *slot = realloc(*slot, size + 1);
        } else {
            free(*slot);
            *slot = i % 3 == 1 ? malloc(size + 1) : memalign(64, size + 1);
        }
        CHECK(*slot != NULL, "object %d of %zu", i, size);
        memset(*slot, 1, size + 1);
    }
    for (int i = 0; i < 64; ++i) free(kept[i]);
    char* growing = NULL;
    for (size_t size = 1 << 20; size <= 16 << 20; size *= 2) {
        CHECK((growing = realloc(growing, size)) != NULL, "%zu", size);
        memset(growing + size / 2, 1, size / 2);
    }
    free(growing);
}

static void* work(void* number) {
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier); /* between the two the filter came */
    allocate((unsigned)(size_t)number);
    return NULL;
}

int main(int argc, char** argv) {
    enum { THREADS = 4 };
    pthread_barrier_init(&barrier, NULL, THREADS + 1);
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; ++i)
        CHECK(pthread_create(&threads[i], NULL, work, (void*)i) == 0, "thread");
    pthread_barrier_wait(&barrier);
    const char* how = argc > 1 ? argv[1] : "";
    if (strcmp(how, "trap") == 0) {
        trap();
    } else {
        confine(strcmp(how, "kill") == 0);
    }
    pthread_barrier_wait(&barrier);
    allocate(99);
    for (int i = 0; i < THREADS; ++i) pthread_join(threads[i], NULL);
    _exit(0);
}
