/* Two million mixed objects need few mappings: vm.max_map_count is 65,530. */
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

int main(void) {
    static char* window[4096];
    unsigned seed = 1;
    for (int i = 0; i < 2000000; ++i) {
        seed = seed * 1103515245 + 12345;
        const unsigned kind = seed >> 16 & 4095;
        /* Mostly small, some of a few KB, a hundred of some hundred KB. */
        const size_t size = kind < 4000 ? 8 + kind % 120 : kind < 4095 ? kind : (seed >> 20) % 40 ? 100 : 300000;
        char* object = malloc(size);
        CHECK(object != NULL, "object %d of %zu", i, size);
        *object = 1;
        char** slot = &window[seed >> 4 & 4095];
        free(*slot);
        *slot = object;
    }
    const int count = mappings();
    CHECK(count < 1000, "%d mappings", count);
    return 0;
}
