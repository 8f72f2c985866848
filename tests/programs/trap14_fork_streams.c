/* fflush(NULL) holds libc's list of streams while it waits for a stream; who has the stream, as getline has its own, allocates;
   and fork waits for the list, when all handlers have run. A malloc whose handler has taken the heap's lock by then never
   returns: ours did not, nor does jemalloc 5.3.0. A hang is the failure. */
#include "fork_waits.h"

static void allocate(void) {
    enum { OBJECTS = 20000, LARGE = 8 };
    static void *small[OBJECTS], *large[LARGE];
    for (int i = 0; i < OBJECTS; ++i) CHECK((small[i] = malloc((size_t)(16 + i % 500))) != NULL, "object %d", i);
    for (int i = 0; i < LARGE; ++i) CHECK((large[i] = malloc((size_t)600000 * (i + 1))) != NULL, "large %d", i);
    for (int i = 0; i < LARGE; ++i) free(large[i]);
    for (int i = 0; i < OBJECTS; ++i) free(small[i]);
}

static void* allocate_first(void* unused) {
    allocate(); /* a new thread's first object is a slow path of its own */
    return unused;
}

static _Atomic pid_t flusher_id;

static void* flush_all(void* unused) {
    flusher_id = (pid_t)syscall(SYS_gettid);
    fflush(NULL);
    return unused;
}

int main(void) {
    static struct forker forker;
    pthread_t flusher, other;
    FILE* stream = tmpfile();
    CHECK(stream != NULL, "no file");
    start_forker(&forker);
    flockfile(stream);
    CHECK(pthread_create(&flusher, NULL, flush_all, NULL) == 0, "no thread");
    while (flusher_id == 0) usleep(1000);
    await_sleep(flusher_id); /* it has the list */
    fork_until_it_waits(&forker);
    allocate();
    CHECK(pthread_create(&other, NULL, allocate_first, NULL) == 0, "no thread");
    CHECK(pthread_join(other, NULL) == 0, "join");
    funlockfile(stream);
    CHECK(pthread_join(flusher, NULL) == 0 && pthread_join(forker.thread, NULL) == 0, "join");
    return 0;
}
