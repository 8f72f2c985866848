/* Tells whether it runs with more rights than its caller has, and whether our malloc serves and counts; then frees an
 * object twice, which MORPHARENA_CHECK=abort would not let pass. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>

#define MAY_RUN_WITHOUT
#include "check.h"
#include "shim/morpharena.h"

int main(void) {
    struct morpharena_figures figures = {0};
    const int active = morpharena_active ? morpharena_active() : 0;
    if (morpharena_snapshot) morpharena_snapshot(&figures, sizeof figures);
    printf("secure %d active %d counted %d\n", getauxval(AT_SECURE) != 0, active, (int)figures.calls_counted);
    fflush(stdout);
    void* object = malloc(5000);
    HIDE(object);
    CHECK(object != NULL, "malloc");
    free(object);
    HIDE(object);
    if (active) free(object);
    return 0;
}
