/* bad_pointers KIND: does one wrong thing to the heap, then sees whether memory is handed out twice: exit
 * status 3. Another wrong end is the allocator's own doing. */
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

enum { SMALL = 48, SPAN = 100000, LARGE = 3000000, LIVE = 1000, TWICE = 3, UNKNOWN_KIND = 4 };

static unsigned char* live[LIVE];
static unsigned char* fresh[3 * LIVE];

static void* make(size_t size) {
    char* object = malloc(size);
    CHECK(object != NULL, "malloc(%zu)", size);
    HIDE(object);
    memset(object, 1, size < 4096 ? size : 4096);
    return object;
}

static void fill(unsigned char** objects, int count, int seed) {
    for (int i = 0; i < count; ++i) memset(objects[i] = make(SMALL), (i + seed) % 251, SMALL);
}

static void look(unsigned char** objects, int count, int seed) {
    for (int i = 0; i < count; ++i) {
        for (int k = 0; k < SMALL; ++k) {
            if (objects[i][k] != (unsigned char)((i + seed) % 251)) _exit(TWICE);
        }
    }
}

static void* free_it(void* pointer) {
    free(pointer);
    return NULL;
}

static void free_elsewhere(void* pointer) {
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, free_it, pointer) == 0, "pthread_create");
    pthread_join(thread, NULL);
}

static void free_twice(size_t size, int between) {
    char* object = make(size);
    char* other = make(size);
    free(object);
    if (between) free(other);
    HIDE(object);
    free(object);
    char* first = make(size);
    char* second = make(size);
    if (first == second) _exit(TWICE);
    memset(first, 2, size);
    memset(second, 3, size);
    if (first[0] != 2 || first[size - 1] != 2) _exit(TWICE);
}

/* The bytes in front of the pointer are what libc takes for a size and three bits. INSIDE has the bit of a
 * block in use alone: with that of another arena (as 5 has it) libc looks for the arena's place at the
 * multiple of 64 MiB below, and what signal ends it depends on what the layout has put there. */
static void free_inside(size_t size, size_t offset) {
    enum { INSIDE = 1 };
    char* object = make(size);
    memset(object, INSIDE, size);
    char* inside = object + offset;
    HIDE(inside);
    free(inside);
    char* others[4];
    for (int i = 0; i < 4; ++i) memset(others[i] = make(size), 6, size);
    for (size_t i = 0; i < size; ++i) {
        if (object[i] != INSIDE) _exit(TWICE);
    }
}

/* Blocks' worth of objects, every second one live, the others freed twice: as many frees as there are
 * objects. */
static void free_half_twice(void) {
    enum { MANY = 200000 };
    static unsigned char* many[MANY];
    fill(many, MANY, 9);
    for (int i = 1; i < MANY; i += 2) {
        unsigned char* object = many[i];
        free(object);
        HIDE(object);
        free(object);
        many[i] = many[i - 1];
    }
    static unsigned char* more[MANY];
    fill(more, MANY, 11);
    for (int i = 0; i < MANY; i += 2) look(many + i, 1, (i + 9) % 251);
    look(more, MANY, 11);
}

/* An object that was freed, and the one before it in time, so that there is a free list. */
static char* freed(void) {
    char* first = make(SMALL);
    char* object = make(SMALL);
    free(first);
    free(object);
    HIDE(object);
    return object;
}

static void do_wrong(const char* kind) {
    char on_stack[128] = {0}; /* for free_inside's reason */
    char* pointer = on_stack + 16 - (uintptr_t)on_stack % 16;
    HIDE(pointer);
    if (strcmp(kind, "double") == 0) {
        free_twice(SMALL, 0);
    } else if (strcmp(kind, "double-later") == 0) {
        free_twice(SMALL, 1);
    } else if (strcmp(kind, "double-thread") == 0) {
        pointer = make(SMALL);
        free_elsewhere(pointer);
        free_elsewhere(pointer);
    } else if (strcmp(kind, "double-many") == 0) {
        free_half_twice();
    } else if (strcmp(kind, "double-medium") == 0) {
        free_twice(SPAN, 1);
    } else if (strcmp(kind, "double-large") == 0) {
        free_twice(LARGE, 1);
    } else if (strcmp(kind, "inside") == 0) {
        free_inside(SMALL, 16);
    } else if (strcmp(kind, "inside-odd") == 0) {
        free_inside(SMALL, 1);
    } else if (strcmp(kind, "inside-large") == 0) {
        free_inside(LARGE, 1 << 20);
    } else if (strcmp(kind, "realloc-freed") == 0) {
        /* NULL is an answer; so is another place. */
        pointer = realloc(freed(), 4 * SMALL);
        HIDE(pointer);
    } else if (strcmp(kind, "realloc-inside") == 0) {
        pointer = realloc((char*)make(SMALL) + 16, 4 * SMALL);
        HIDE(pointer);
    } else if (strcmp(kind, "size-freed") == 0) {
        CHECK(malloc_usable_size(freed()) < 4096, "a size");
    } else if (strcmp(kind, "write-first") == 0) {
        char* object = freed();
        memset(object, 0x41, 8);
        /* libc's link is disguised by the object's address: undone, this is never aligned, wherever the
         * object lies. */
        object[0] = (char)(((uintptr_t)object >> 12) ^ 8);
    } else if (strcmp(kind, "write-later") == 0) {
        freed()[SMALL - 8] = 0x41;
    } else if (strcmp(kind, "stack") == 0) {
        free(pointer);
    } else if (strcmp(kind, "stale") == 0) {
        pointer = freed();
        fill(fresh, 3 * LIVE, 7);
        free(pointer);
        make(SMALL);
        look(fresh, 3 * LIVE, 7);
    } else if (strcmp(kind, "none") != 0) {
        _exit(UNKNOWN_KIND);
    }
}

int main(int argc, char** argv) {
    CHECK(argc == 2, "a kind is wanted");
    fill(live, LIVE, 0);
    for (int i = 0; i < LIVE; i += 2) {
        free(live[i]);
        memset(live[i] = make(SMALL), i % 251, SMALL);
    }
    do_wrong(argv[1]);
    fill(fresh, 3 * LIVE, 3);
    look(live, LIVE, 0);
    look(fresh, 3 * LIVE, 3);
    for (int i = 0; i < 3 * LIVE; ++i) free(fresh[i]);
    fill(fresh, 3 * LIVE, 4);
    look(live, LIVE, 0);
    look(fresh, 3 * LIVE, 4);
    return 0;
}
