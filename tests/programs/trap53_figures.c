/* The heap's figures are those of the heap that the program uses, whoever's it is, and to ask for them leaves the loader's message
 * alone. `returned`: what is freed is no longer in use. */
#include <dlfcn.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

enum { OBJECTS = 5000, BYTES = 1000, SLACK = 1 << 19 }; /* a pool's slab, a span or two are in use as a whole */

static char* objects[OBJECTS];

int main(int count, char** arguments) {
    (void)arguments;
    free(malloc(1));
    CHECK(dlsym(RTLD_DEFAULT, "morpharena_nonesuch") == NULL, "a symbol that nobody has");
    const size_t before = mallinfo2().uordblks;
    for (int i = 0; i < OBJECTS; ++i) {
        CHECK((objects[i] = malloc(BYTES)) != NULL, "object %d", i);
        memset(objects[i], 1, BYTES);
    }
    CHECK(mallopt(M_TRIM_THRESHOLD, 1 << 20) == 1, "mallopt");
    CHECK(dlerror() != NULL, "the loader's message was fetched by another");
    const size_t after = mallinfo2().uordblks;
    const size_t expected = before + OBJECTS * BYTES;
    CHECK(after + SLACK > expected && after < expected + SLACK, "%zu, then %zu", before, after);
    char* text = NULL;
    size_t bytes = 0;
    FILE* stream = open_memstream(&text, &bytes);
    CHECK(malloc_info(0, stream) == 0 && fclose(stream) == 0 && strstr(text, "<malloc") != NULL, "malloc_info");
    CHECK(strstr(text, "<system type=\"current\" size=\"0\"/>") == NULL, "%s", text);
    for (int i = 0; i < OBJECTS; ++i) free(objects[i]);
    malloc_trim(0);
    const size_t last = mallinfo2().uordblks;
    CHECK(count == 1 || last < after - OBJECTS * BYTES / 2, "%zu with all, %zu without", after, last);
    return 0;
}
