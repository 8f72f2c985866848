/* The figures of morpharena.h, of a library that is there. */
#ifndef MORPHARENA_TEST_FIGURES_H
#define MORPHARENA_TEST_FIGURES_H

#include "check.h"

static inline struct morpharena_figures figures_now(void) {
    struct morpharena_figures figures = {0};
    CHECK(morpharena_snapshot(&figures, sizeof figures) == sizeof figures, "snapshot");
    return figures;
}

#endif
