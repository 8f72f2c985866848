/* realloc keeps the bytes through every growth and shrink, and never reads behind the old object: one whose pages end right
   before an unreadable one is grown without a fault. */
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "check.h"

static unsigned char pattern(size_t i) { return (unsigned char)(i * 7 + i / 256); }

static unsigned char* resize(unsigned char* object, size_t before, size_t after) {
    object = realloc(object, after);
    CHECK(object != NULL, "%zu to %zu", before, after);
    const size_t kept = before < after ? before : after;
    for (size_t i = 0; i < kept; ++i) CHECK(object[i] == pattern(i), "byte %zu of %zu to %zu", i, before, after);
    for (size_t i = kept; i < after; ++i) object[i] = pattern(i);
    return object;
}

static size_t size_of(size_t i) { return 2000000 + i * 1234567; }

/* Whether reading at `end` faults: memcpy of more than the object would. What is nobody's is made so. */
static int is_guarded(uintptr_t end, size_t page) {
    if (mmap((void*)end, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == (void*)end) return 1;
    int pipes[2];
    CHECK(pipe(pipes) == 0, "pipe");
    const int faults = write(pipes[1], (void*)end, 1) == -1 && errno == EFAULT;
    close(pipes[0]);
    close(pipes[1]);
    return faults;
}

int main(void) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    for (int in_the_way = 0; in_the_way < 2; ++in_the_way) {
        size_t size = 1;
        unsigned char* object = malloc(size);
        object[0] = pattern(0);
        while (size < 20000000) {
            if (in_the_way) CHECK(malloc(1) != NULL, "malloc(1)");
            const size_t next = size + size / 3 + 1;
            object = resize(object, size, next);
            size = next;
        }
        while (size > 1) {
            const size_t next = size * 3 / 5;
            object = resize(object, size, next ? next : 1);
            size = next ? next : 1;
        }
        free(object);
    }
    /* None is freed before all are there, so that each has a mapping of its own, made right below the last guard. */
    unsigned char* objects[6];
    int guards = 0;
    for (size_t i = 0; i < 6; ++i) {
        (void)mmap(NULL, 16 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        const size_t size = size_of(i);
        objects[i] = malloc(size);
        for (size_t k = 0; k < size; ++k) objects[i][k] = pattern(k);
        guards += is_guarded(((uintptr_t)objects[i] + malloc_usable_size(objects[i]) + page - 1) / page * page, page);
    }
    dprintf(1, "%d of 6 objects end before a guard\n", guards);
    /* Other libraries take more from the kernel than an object's room. */
    CHECK(guards >= 3 || getenv("MORPHARENA_MODE") == NULL, "only %d of 6 objects end before a guard", guards);
    for (size_t i = 0; i < 6; ++i) free(resize(objects[i], size_of(i), size_of(i) * 3));
    return 0;
}
