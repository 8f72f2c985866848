/* A library whose constructor allocates; loaded before ours, it is the first to call malloc. Its destructor allocates too. */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#define MAY_RUN_WITHOUT /* its constructor may run before ours */
#include "check.h"

char* early;

__attribute__((constructor)) static void begin(void) {
    early = malloc(100);
    CHECK(early != NULL, "malloc in a constructor");
    strcpy(early, "early");
    for (size_t size = 1; size < 3000000; size *= 3) free(malloc(size));
}

__attribute__((destructor)) static void end(void) {
    CHECK(strcmp(early, "early") == 0, "spoilt: %s", early);
    for (int i = 0; i < 1000; ++i) {
        char* object = malloc(100 + (size_t)i * 100);
        CHECK(object != NULL, "malloc in a destructor");
        memset(object, 1, 100 + (size_t)i * 100);
        object = realloc(object, 50);
        free(object);
    }
    free(early);
    CHECK(write(1, "end\n", 4) == 4, "write");
}
