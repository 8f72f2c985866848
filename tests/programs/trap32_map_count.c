/* Two million mixed objects, all small and large ones live, need few mappings: vm.max_map_count is 65,530. */
#include <stdlib.h>
#include <string.h>

#include "check.h"

static int mappings(void) {
    FILE* file = fopen("/proc/self/maps", "r");
    CHECK(file != NULL, "/proc/self/maps");
    int lines = 0;
    for (int c; (c = fgetc(file)) != EOF;) lines += c == '\n';
    fclose(file);
    return lines;
}

static unsigned next(unsigned* seed) {
    *seed = *seed * 1103515245 + 12345;
    return *seed >> 16;
}

int main(void) {
    static char *kept[2000000], *window[4096];
    unsigned seed = 1;
    int large = 0;
    for (int i = 0; i < 2000000; ++i) {
        const unsigned kind = next(&seed) & 4095;
        /* Mostly small, some of a few KB, a hundred of some hundred KB. */
        const int is_large = kind == 4095 && next(&seed) % 4 == 0;
        const size_t size = is_large ? 300000 : kind < 4000 ? 8 + kind % 120 : kind;
        char* object = malloc(size);
        CHECK(object != NULL, "object %d of %zu", i, size);
        *object = 1;
        large += is_large;
        char** slot = is_large || kind < 4000 ? &kept[i] : &window[next(&seed) & 4095];
        free(*slot);
        *slot = object;
    }
    CHECK(large >= 100, "%d large objects", large);
    const int count = mappings();
    dprintf(1, "%d mappings, %d large objects\n", count, large);
    CHECK(count < 1000, "%d mappings", count);
    return kept[0] == NULL && window[0] == NULL;
}
