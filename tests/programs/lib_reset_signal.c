/* A library that lives longer than ours, or shorter, by the order in which the two are loaded. Its constructor has a handler of
   its own for the reset's signal (where HANDLER is set); its destructor gets that signal when nearly everything is over. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define MAY_RUN_WITHOUT /* its constructor may run before ours */
#include "check.h"

volatile sig_atomic_t reset_signals_seen;

static void on_signal(int number) {
    (void)number;
    ++reset_signals_seen;
}

__attribute__((constructor)) static void begin(void) {
    if (getenv("HANDLER")) signal(SIGUSR2, on_signal);
}

__attribute__((destructor)) static void end(void) {
    for (int i = 0; i < 20; ++i) {
        raise(SIGUSR2);
        for (int k = 0; k < 40; ++k) {
            char* object = malloc(100000);
            CHECK(object != NULL, "malloc in a destructor");
            memset(object, i, 100000);
            free(object);
        }
    }
    CHECK(write(1, "end\n", 4) == 4, "write");
}
