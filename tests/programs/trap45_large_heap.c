/* A large heap of mixed objects forks: the child is whole and goes on, nothing is copied but what is written,
   and what no object asked for is not resident. HEAP_MB: how large (256). */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "check.h"

static size_t resident(void) {
    size_t pages = 0, resident_pages = 0;
    FILE* file = fopen("/proc/self/statm", "r");
    CHECK(file != NULL && fscanf(file, "%zu %zu", &pages, &resident_pages) == 2, "statm");
    fclose(file);
    return resident_pages * (size_t)sysconf(_SC_PAGESIZE);
}

static size_t available(void) {
    char line[256];
    size_t kilobytes = 0;
    FILE* file = fopen("/proc/meminfo", "r");
    CHECK(file != NULL, "/proc/meminfo");
    while (fgets(line, sizeof line, file)) (void)sscanf(line, "MemAvailable: %zu", &kilobytes);
    fclose(file);
    return kilobytes << 10;
}

int main(void) {
    const char* wanted = getenv("HEAP_MB");
    const size_t bytes = (size_t)(wanted ? atol(wanted) : 256) << 20;
    if (available() < bytes + bytes / 2)
        SKIP("%zu MB of memory available, %zu needed", available() >> 20, (bytes + bytes / 2) >> 20);
    const size_t sizes[] = {48, 500, 8000, 100000, 3000000};
    const size_t before = resident();
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
    const size_t grown = resident() - before;
    CHECK(grown < made + made / 8 + (16u << 20), "%zu MB resident for %zu", grown >> 20, made >> 20);
    void* untouched = malloc(bytes); /* asked for, not used */
    CHECK(untouched != NULL, "malloc(%zu)", bytes);
    CHECK(resident() - before < grown + (16u << 20), "untouched memory is resident");
    const pid_t child = fork();
    CHECK(child >= 0, "fork of %zu MB", made >> 20);
    if (child == 0) {
        const size_t at_first = resident();
        uint64_t found = 0;
        size_t count = 0;
        for (struct object *object = all, *next; object; object = next, ++count) {
            next = object->next;
            found += ((unsigned char*)object)[object->size - 1];
            if (count % 64 == 0) free(object);
        }
        CHECK(found == sum, "the child's heap differs");
        for (int i = 0; i < 100000; ++i) free(memset(malloc(64), 1, 64));
        CHECK(resident() <= at_first + made + (32u << 20), "the child holds %zu MB", resident() >> 20);
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
