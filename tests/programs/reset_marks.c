/* Marks and resets of morpharena.h. INPUTS (default 1000): so many "files" are compiled in one process, each with a mark and a
   reset around it. `none`: in another mode the same program runs without; `marks`: it must not. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "proc_file.h"
#include "shim/morpharena.h"

struct node {
    struct node* next;
    unsigned value;
    char name[40];
};

/* A tree's worth of small objects, tables that grow, a large buffer: nothing of it is freed. */
static unsigned compile(unsigned input) {
    struct node* list = NULL;
    unsigned sum = 0;
    char* table = NULL;
    for (unsigned i = 0; i < 20000; ++i) {
        struct node* node = calloc(1, sizeof *node);
        CHECK(node != NULL, "calloc");
        CHECK(node->value == 0 && node->name[39] == 0, "input %u: calloc gave used memory", input);
        node->value = input + i;
        memset(node->name, (int)i, sizeof node->name);
        node->next = list;
        list = node;
        if (i % 1000 == 0) {
            table = realloc(table, 100 + i * 60);
            CHECK(table != NULL, "realloc");
            memset(table, 7, 100 + i * 60);
        }
    }
    char* large = malloc(2000000);
    CHECK(large != NULL, "large");
    memset(large, 9, 2000000);
    for (const struct node* node = list; node != NULL; node = node->next) {
        CHECK(node->name[0] == node->name[39], "input %u: a node was overwritten", input);
        sum += node->value;
    }
    return sum + (unsigned)table[0] + (unsigned)large[1999999];
}

static void* reset_others_mark(void* mark) {
    return morpharena_reset((morpharena_mark_t)mark) ? mark : NULL;
}

static int offered(void) {
    if (!morpharena_mark || !morpharena_active()) return 0;
    return morpharena_mark() != NULL;
}

static void nested(void) {
    char* kept = malloc(64);
    strcpy(kept, "kept");
    const morpharena_mark_t outer = morpharena_mark();
    CHECK(morpharena_mark() == outer, "two marks in a row are one");
    char* first = malloc(1000);
    const morpharena_mark_t inner = morpharena_mark();
    CHECK(inner != outer, "another place");
    for (int i = 0; i < 100000; ++i) memset(malloc(64), 5, 64);
    CHECK(morpharena_reset(inner) == 1, "inner");
    CHECK(morpharena_reset(inner) == 1, "again: the mark stays");
    pthread_t other;
    void* done = kept;
    CHECK(pthread_create(&other, NULL, reset_others_mark, outer) == 0, "thread");
    pthread_join(other, &done);
    CHECK(done == NULL, "another thread's mark");
    CHECK(morpharena_reset(outer) == 1, "outer");
    char* again = malloc(1000);
    CHECK(again == first, "the same warm place: %p, was %p", (void*)again, (void*)first);
    CHECK(morpharena_reset(inner) == 0, "inner has ended");
    CHECK(morpharena_reset(NULL) == 0, "no mark");
    CHECK(morpharena_reset((morpharena_mark_t)kept) == 0, "an object is no mark");
    CHECK(morpharena_reset((morpharena_mark_t)&other) == 0, "nor is the stack");
    CHECK(strcmp(kept, "kept") == 0, "spoilt: %s", kept);
    const morpharena_mark_t spoilt = morpharena_mark();
    memset((void*)spoilt, 0x55, 16); /* as by running past the object before */
    CHECK(morpharena_reset(spoilt) == 0, "a mark that was written over");
    CHECK(morpharena_reset(outer) == 0, "and those below it, which are found through it");
}

int main(int argc, char** argv) {
    const int expected = argc > 1 && strcmp(argv[1], "marks") == 0;
    CHECK(argc > 1 && (expected || strcmp(argv[1], "none") == 0), "usage: reset_marks marks|none");
    const unsigned inputs = (unsigned)number_from_environment("INPUTS", 1000);
    const int marks = offered();
    CHECK(marks == expected, "asked for %s", argv[1]);
    unsigned sum = 0;
    uint64_t mapped_first = 0;
    struct morpharena_figures now = {0};
    for (unsigned input = 0; input < (marks ? inputs : 3); ++input) {
        const morpharena_mark_t mark = marks ? morpharena_mark() : NULL;
        const unsigned result = compile(input);
        CHECK(result == compile(input), "not the same twice");
        sum += result;
        if (mark == NULL) continue;
        CHECK(morpharena_reset(mark) == 1, "reset %u", input);
        morpharena_snapshot(&now, sizeof now);
        /* The cache of large memory fills first. */
        if (input == inputs / 4) mapped_first = now.bytes_mapped_peak;
    }
    if (marks) {
        CHECK(now.size == sizeof now && now.resets == inputs, "%lu resets", (unsigned long)now.resets);
        CHECK(now.bytes_mapped_peak <= mapped_first + mapped_first / 4, "grew from %lu to %lu", (unsigned long)mapped_first,
              (unsigned long)now.bytes_mapped_peak);
        CHECK(morpharena_snapshot(&now, 16) == 16 && now.size == 16, "a program built with an older header");
        nested();
    }
    return sum == 0;
}
