/* Known bytes at known places, for profiles.py, which knows the same numbers. argv[1]: how often everything
 * is done. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

#define PLACE __attribute__((noinline, noclone))

/* Kept until the end. */
PLACE void* place_kept(void) {
    void* object = malloc(1000);
    HIDE(object);
    return object;
}

/* Freed before anything else is made. */
PLACE void place_newest(void) {
    void* object = calloc(10, 30);
    HIDE(object);
    free(object);
}

/* Grows, as a vector does. */
PLACE void* place_grown(void) {
    void* object = malloc(100);
    for (size_t bytes = 200; bytes <= 6400; bytes *= 2) object = realloc(object, bytes);
    HIDE(object);
    return object;
}

PLACE void* place_aligned(void) {
    void* object = NULL;
    CHECK(posix_memalign(&object, 64, 640) == 0, "posix_memalign");
    return object;
}

/* Far apart in size. */
PLACE void* place_small(void) {
    void* object = malloc(16);
    HIDE(object);
    return object;
}
PLACE void* place_large(void) {
    void* object = malloc(3 << 20);
    HIDE(object);
    return object;
}

/* By one of two ways. */
PLACE void* place_shared(void) {
    void* object = malloc(500);
    HIDE(object);
    return object;
}
PLACE void* way_one(void) {
    void* object = place_shared();
    HIDE(object);
    return object;
}
PLACE void* way_two(void) {
    void* object = place_shared();
    HIDE(object);
    return object;
}

static void* free_all(void* argument) {
    void** objects = argument;
    for (int i = 0; i < 10; ++i) free(objects[i]);
    return NULL;
}

int main(int argc, char** argv) {
    const int times = argc > 1 ? atoi(argv[1]) : 100;
    void* others[10];
    for (int i = 0; i < times; ++i) {
        void* kept = place_kept();
        HIDE(kept);
        place_newest();
        free(place_grown());
        free(place_aligned());
        for (int j = 0; j < 50; ++j) free(place_small());
        if (i % 10 == 0) free(place_large());
        void* one = way_one();
        free(way_two());
        free(one);
    }
    /* Freed by another thread. */
    for (int i = 0; i < 10; ++i) others[i] = place_shared();
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, free_all, others) == 0, "thread");
    pthread_join(thread, NULL);
    if (argc > 2 && strcmp(argv[2], "kill") == 0) CHECK(kill(getpid(), 9) == 0, "kill");
    return 0;
}
