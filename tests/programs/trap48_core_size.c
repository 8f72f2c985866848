/* What a core file would hold after 256 MB of small objects and 256 MB of large ones were made and freed: the
   touched pages of mappings without MADV_DONTDUMP. We don't ask for that: it would split mappings (row 32),
   and pages that were given back are in no core anyway. MB: how much may stay, by what the library keeps
   (core/heap/tuning.h); TRIMMED_MB: after malloc_trim. */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

enum { SMALL = 2 << 20, SMALL_BYTES = 128, LARGE = 256, LARGE_BYTES = 1 << 20 };

static char *small[SMALL], *large[LARGE];

/* smaps gives a mapping's lines in this order: its range, its sizes (Anonymous among them), VmFlags. */
static size_t core_bytes(void) {
    FILE* file = fopen("/proc/self/smaps", "r");
    CHECK(file != NULL, "/proc/self/smaps");
    char line[512];
    size_t total = 0, kilobytes = 0, mappings = 0;
    while (fgets(line, sizeof line, file)) {
        (void)sscanf(line, "Anonymous: %zu", &kilobytes);
        if (strncmp(line, "VmFlags:", 8) != 0) continue;
        if (strstr(line, " dd") == NULL) total += kilobytes << 10;
        ++mappings;
        kilobytes = 0;
    }
    fclose(file);
    CHECK(mappings > 0, "no VmFlags");
    return total;
}

int main(int argc, char** argv) {
    CHECK(argc > 2, "usage: trap48_core_size MB TRIMMED_MB");
    memset(small, 1, sizeof small); /* so that the tables are in every figure */
    memset(large, 1, sizeof large);
    const size_t before = core_bytes();
    for (int i = 0; i < LARGE; ++i) {
        large[i] = malloc(LARGE_BYTES);
        CHECK(large[i] != NULL, "malloc");
        memset(large[i], i, LARGE_BYTES);
    }
    for (int i = 0; i < SMALL; ++i) {
        small[i] = malloc(SMALL_BYTES);
        CHECK(small[i] != NULL, "malloc");
        memset(small[i], i, SMALL_BYTES);
    }
    const size_t full = core_bytes() - before;
    CHECK(full >= (size_t)SMALL * SMALL_BYTES + (size_t)LARGE * LARGE_BYTES,
          "a core of %zu MB without some objects", full >> 20);
    for (int i = 0; i < LARGE; ++i) free(large[i]);
    const size_t middle = core_bytes() - before;
    for (int i = 0; i < SMALL; ++i) free(small[i]);
    const size_t after = core_bytes() - before;
    malloc_trim(0);
    const size_t trimmed = core_bytes() - before;
    dprintf(1, "%zu MB, %zu without the large objects, %zu without the small, %zu trimmed\n", full >> 20,
            middle >> 20, after >> 20, trimmed >> 20);
    if (getenv("MORPHARENA_MODE") == NULL) return 0; /* how much another library keeps is not for us to say */
    CHECK(after <= (size_t)atol(argv[1]) << 20, "%zu MB would still be in a core, of %zu", after >> 20,
          full >> 20);
    CHECK(trimmed <= (size_t)atol(argv[2]) << 20, "%zu MB would still be in a core after malloc_trim",
          trimmed >> 20);
    return 0;
}
