/* A thread stands in libc's malloc, its arena locked, when the dump's signal comes; another thread forks, has run all handlers,
   and waits for that arena. A dump that waits for the fork's end never comes, nor does the fork (a minute of two signals at 1 kHz
   met it once in a dozen). It is written by the thread that forks, then. A hang is the failure.

   The first thread is held where it is by a fault: the memory at the end of libc's heap can't be written. */
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "fork_waits.h"

extern void* __libc_malloc(size_t size);

static struct forker forker;
static const char* dump;
static char *closed, *end_of_heap;
static volatile sig_atomic_t dumped_at_once = -1;

static size_t bytes_of_dump(void) {
    struct stat status;
    return stat(dump, &status) == 0 ? (size_t)status.st_size : 0;
}

static void on_fault(int number) {
    (void)number;
    fork_until_it_waits(&forker);
    raise(SIGUSR1);
    dumped_at_once = bytes_of_dump() != 0;
    CHECK(mprotect(closed, (size_t)(end_of_heap - closed), PROT_READ | PROT_WRITE) == 0, "mprotect");
}

static int inner(void) {
    start_forker(&forker);
    struct sigaction action = {.sa_handler = on_fault};
    CHECK(sigaction(SIGSEGV, &action, NULL) == 0, "sigaction");
    /* What is taken from the heap's end writes the size of the rest, some pages on. */
    enum { BYTES = 40000 };
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t last = (uintptr_t)__libc_malloc(BYTES);
    closed = (char*)((last + BYTES + 2 * page) / page * page);
    end_of_heap = sbrk(0);
    CHECK(end_of_heap - closed > BYTES, "libc's heap ends at %p", (void*)end_of_heap);
    CHECK(mprotect(closed, (size_t)(end_of_heap - closed), PROT_NONE) == 0, "mprotect");
    CHECK(__libc_malloc(BYTES) != NULL, "no memory");
    CHECK(dumped_at_once == 0, "the fork had not got as far as it should: %d", (int)dumped_at_once);
    CHECK(pthread_join(forker.thread, NULL) == 0, "join");
    CHECK(bytes_of_dump() != 0, "the dump that was asked for is lost");
    return 0;
}

int main(int count, char** arguments) {
    if (count > 1) {
        dump = getenv("MORPHARENA_STATS");
        return inner();
    }
    char path[] = "/tmp/morpharena-dump-XXXXXX";
    const int file = mkstemp(path);
    CHECK(file >= 0 && setenv("MORPHARENA_STATS", path, 1) == 0, "no file");
    const pid_t child = fork();
    if (child == 0) execl("/proc/self/exe", arguments[0], "inner", (char*)NULL);
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child, "waitpid");
    unlink(path);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
