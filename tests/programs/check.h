/* What every program here uses: the first thing that is wrong ends it, with one line on stderr. A program
   that is to run in one of our modes fails at once where the library does not serve it, unless it says
   beforehand that this is what it is about: #define MAY_RUN_WITHOUT. */
#ifndef MORPHARENA_TEST_CHECK_H
#define MORPHARENA_TEST_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "shim/morpharena.h"

#define CANNOT_RUN 77 /* meson's exit status for a test that this machine can't run */

/* _exit: a wrong heap must not be asked to run exit handlers. */
#define CHECK(truth, ...)                                          \
    do {                                                           \
        if (!(truth)) {                                            \
            dprintf(2, "%s:%d: %s: ", __FILE__, __LINE__, #truth); \
            dprintf(2, __VA_ARGS__);                               \
            dprintf(2, "\n");                                      \
            _exit(1);                                              \
        }                                                          \
    } while (0)

#define SKIP(...)                \
    do {                         \
        dprintf(2, __VA_ARGS__); \
        dprintf(2, "\n");        \
        _exit(CANNOT_RUN);       \
    } while (0)

/* Otherwise most rows would pass under glibc, which breaks nothing either, when the preloading is what is
 * broken. */
#ifndef MAY_RUN_WITHOUT
__attribute__((constructor)) static inline void expect_library(void) {
    if (getenv("MORPHARENA_MODE") == NULL) return;
    CHECK(morpharena_active != NULL && morpharena_active(), "MORPHARENA_MODE is set");
}
#endif

/* The compiler must not see that an object is unused, or what a pointer is. */
#define HIDE(pointer) __asm__ volatile("" : "+r"(pointer) : : "memory")

#endif
