/* A program that puts a handler of its own in the place of the library's: that one wins, and the record says so though nothing runs
   at the end. */
#include <signal.h>
#include <stdlib.h>

#include "check.h"

static volatile sig_atomic_t seen;

static void own_handler(int number) {
    (void)number;
    ++seen;
}

int main(void) {
    signal(SIGUSR2, own_handler);
    raise(SIGUSR2);
    CHECK(seen == 1, "the program's handler was called %d times", (int)seen);
    for (int i = 0; i < 3000; ++i) CHECK(malloc(2000) != NULL, "malloc");
    raise(SIGKILL);
    return 0;
}
