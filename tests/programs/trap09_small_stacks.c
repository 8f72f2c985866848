/* Threads with the smallest stack there is allocate, in every part of the heap, while live bytes are followed. `dumps`: the dump's
   signal comes to each of them, and to one that runs on 4 KiB of its own and has a stack for signals, as some run-times do. */
#include <limits.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "check.h"

static int dumps;
static ucontext_t outside, inside;

static void raise_inside(void) { raise(SIGUSR1); }

static void raise_on_small_stack(void) {
    enum { PAGE = 4096, FOR_SIGNALS = 8192 };
    char* pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(pages != MAP_FAILED && mprotect(pages, PAGE, PROT_NONE) == 0, "pages");
    const stack_t for_signals = {.ss_sp = malloc(FOR_SIGNALS), .ss_size = FOR_SIGNALS};
    CHECK(sigaltstack(&for_signals, NULL) == 0, "sigaltstack");
    raise(SIGUSR1); /* from now on the loader has nothing more to do there */
    getcontext(&inside);
    inside.uc_stack.ss_sp = pages + PAGE;
    inside.uc_stack.ss_size = PAGE;
    inside.uc_link = &outside;
    makecontext(&inside, raise_inside, 0);
    CHECK(swapcontext(&outside, &inside) == 0, "swapcontext");
}

static void* work(void* unused) {
    if (dumps) raise(SIGUSR1);
    for (size_t size = 1; size < 20000000; size = size * 5 + 3) {
        char* object = malloc(size);
        CHECK(object != NULL, "%zu", size);
        object[size - 1] = 1;
        object = realloc(object, size * 2);
        CHECK(object != NULL, "%zu", size);
        free(object);
        free(memalign(4096, size));
        free(calloc(3, size));
    }
    return unused;
}

int main(int count, char** arguments) {
    (void)arguments;
    dumps = count > 1;
    if (dumps) raise_on_small_stack();
    for (int i = 0; i < 40; ++i) {
        pthread_attr_t attributes;
        pthread_attr_init(&attributes);
        CHECK(pthread_attr_setstacksize(&attributes, (size_t)sysconf(_SC_THREAD_STACK_MIN)) == 0, "stack size");
        pthread_t thread;
        CHECK(pthread_create(&thread, &attributes, work, NULL) == 0, "thread");
        pthread_join(thread, NULL);
    }
    return 0;
}
