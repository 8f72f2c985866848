/* Requests that allocate 50 MB, small and large objects, and free all of it; a safe reset between them (by the signal SIGUSR2,
   or by the call). The resident peak must stay under 1.5 times that of the first request. REQUESTS: how many (default 40). */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "proc_file.h"
#include "shim/morpharena.h"

#define SMALL 200000 /* of 150 bytes: 30 MB */
#define LARGE 5      /* of 4 MB */

static char* small[SMALL];

static void request(int number) {
    char* large[LARGE];
    for (int i = 0; i < LARGE; ++i) {
        large[i] = calloc(1, 4000000);
        CHECK(large[i] != NULL && large[i][3999999] == 0 && large[i][1000] == 0, "large");
        memset(large[i], number | 1, 4000000);
    }
    for (int i = 0; i < SMALL; ++i) {
        small[i] = malloc(150);
        CHECK(small[i] != NULL, "small");
        memset(small[i], i, 150);
    }
    for (int i = 0; i < SMALL; ++i) {
        CHECK(small[i][0] == (char)i && small[i][149] == (char)i, "request %d, object %d", number, i);
        free(small[i]);
    }
    for (int i = 0; i < LARGE; ++i) {
        CHECK(large[i][0] == (char)(number | 1), "large");
        free(large[i]);
    }
}

int main(int argc, char** argv) {
    const int by_call = argc > 1 && strcmp(argv[1], "call") == 0;
    const int requests = (int)number_from_environment("REQUESTS", 40);
    request(0);
    const size_t first = peak_bytes() >> 10;
    for (int i = 1; i < requests; ++i) {
        if (by_call) {
            CHECK(morpharena_reset_safe() > 0, "request %d: nothing to reset", i);
        } else {
            raise(SIGUSR2);
        }
        request(i);
    }
    const size_t peak = peak_bytes() >> 10;
    dprintf(1, "%d requests: peak %zu kB, after the first %zu kB\n", requests, peak, first);
    CHECK(peak < first + first / 2, "peak %zu kB, after the first %zu kB", peak, first);
    return 0;
}
