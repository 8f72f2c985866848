/* A program that puts a handler of its own in the place of the library's: that one wins, and the record says so, for the reset's
   signal even where nothing runs at the end; `return`: where it does. */
#include <signal.h>
#include <stdlib.h>

#include "check.h"

static volatile sig_atomic_t seen;

static void own_handler(int number) {
    (void)number;
    ++seen;
}

int main(int count, char** arguments) {
    (void)arguments;
    signal(SIGUSR2, own_handler);
    raise(SIGUSR2);
    CHECK(seen == 1, "the program's handler was called %d times", (int)seen);
    for (int i = 0; i < 3000; ++i) CHECK(malloc(2000) != NULL, "malloc");
    if (count == 1) raise(SIGKILL);
    return 0;
}
