/* MORPHARENA_LIMIT=40M, in a mode that takes memory back: what is kept warm gives way before NULL is answered. */
#include <stdlib.h>
#include <string.h>

#include "check.h"

static void small_after_large(void) {
    char* large = malloc((size_t)30 << 20);
    CHECK(large != NULL, "a large object");
    memset(large, 1, (size_t)30 << 20);
    free(large);
    static void* objects[20 << 10];
    for (int i = 0; i < 20 << 10; ++i) CHECK((objects[i] = malloc(1000)) != NULL, "small object %d after a large one", i);
    for (int i = 0; i < 20 << 10; ++i) free(objects[i]);
}

static void large_after_spans(void) {
    char* spans[20];
    for (int i = 0; i < 20; ++i) CHECK((spans[i] = malloc(900000)) != NULL, "span %d", i);
    for (int i = 0; i < 20; ++i) free(spans[i]);
    char* large = malloc((size_t)24 << 20);
    CHECK(large != NULL, "a large object after spans");
    free(large);
}

static void growth_beside_a_freed_one(void) {
    char* grows = malloc((size_t)20 << 20);
    char* freed = malloc((size_t)15 << 20);
    CHECK(grows != NULL && freed != NULL, "two large objects");
    free(freed);
    grows = realloc(grows, (size_t)24 << 20);
    CHECK(grows != NULL, "realloc beside a freed object");
    free(grows);
}

int main(int argc, char** argv) {
    const char* what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "small") == 0) small_after_large();
    if (strcmp(what, "large") == 0) large_after_spans();
    if (strcmp(what, "growth") == 0) growth_beside_a_freed_one();
    return 0;
}
