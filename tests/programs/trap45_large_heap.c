/* A large heap of mixed objects forks: the child is whole and goes on, nothing is copied but what is written,
   and what no object asked for is not resident. HEAP_MB: how large (256). */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "check.h"
#include "proc_file.h"

/* What the kernel has copied for this process alone. */
static size_t own_bytes(void) {
    return proc_bytes("/proc/self/smaps_rollup", "Private_Dirty");
}

int main(void) {
    const size_t bytes = (size_t)number_from_environment("HEAP_MB", 256) << 20;
    const size_t available = proc_bytes("/proc/meminfo", "MemAvailable");
    if (available < bytes + bytes / 2)
        SKIP("%zu MB of memory available, %zu needed", available >> 20, (bytes + bytes / 2) >> 20);
    const size_t sizes[] = {48, 500, 8000, 100000, 3000000};
    const size_t before = resident_bytes();
    size_t made = 0;
    uint64_t sum = 0;
    struct object {
        struct object* next;
        size_t size;
    }* all = NULL;
    for (size_t i = 0; made < bytes; ++i) {
        const size_t size = sizes[i % 5];
        struct object* object = malloc(size);
        CHECK(object != NULL, "%zu MB made", made >> 20);
        memset(object, (int)i, size);
        *object = (struct object){all, size};
        all = object;
        made += size;
        sum += ((unsigned char*)object)[size - 1];
    }
    const size_t grown = resident_bytes() - before;
    CHECK(grown < made + made / 8 + (16u << 20), "%zu MB resident for %zu", grown >> 20, made >> 20);
    void* untouched = malloc(bytes); /* asked for, not used */
    CHECK(untouched != NULL, "malloc(%zu)", bytes);
    CHECK(resident_bytes() - before < grown + (16u << 20), "untouched memory is resident");
    const pid_t child = fork();
    CHECK(child >= 0, "fork of %zu MB", made >> 20);
    if (child == 0) {
        const size_t at_first = own_bytes();
        uint64_t found = 0;
        size_t count = 0;
        for (struct object *object = all, *next; object; object = next, ++count) {
            next = object->next;
            found += ((unsigned char*)object)[object->size - 1];
            if (count % 64 == 0) free(object);
        }
        CHECK(found == sum, "the child's heap differs");
        for (int i = 0; i < 100000; ++i) free(memset(malloc(64), 1, 64));
        const size_t after = own_bytes();
        dprintf(1, "%zu KB of the child's own after the fork, %zu KB after its calls\n", at_first >> 10,
                after >> 10);
        CHECK(at_first < 4u << 20, "%zu KB were copied by the fork", at_first >> 10);
        CHECK(after < at_first + (16u << 20), "the child has %zu KB of its own, %zu after the fork",
              after >> 10, at_first >> 10);
        _exit(0);
    }
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child && status == 0, "the child ended with %x", status);
    for (struct object *object = all, *next; object; object = next) {
        next = object->next;
        free(object);
    }
    free(untouched);
    return 0;
}
