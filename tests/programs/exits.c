/* Makes 1,000 objects of 48 bytes, frees 400, and ends in the way that argv[1] names. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

int main(int argc, char** argv) {
    const char* way = argc > 1 ? argv[1] : "return";
    for (int i = 0; i < 1000; ++i) {
        char* object = malloc(48);
        CHECK(object != NULL, "malloc");
        memset(object, 1, 48);
        if (i < 400) free(object);
    }
    if (strcmp(way, "exit") == 0) exit(0);
    if (strcmp(way, "_exit") == 0) _exit(0);
    if (strcmp(way, "_Exit") == 0) _Exit(0);
    if (strcmp(way, "quick_exit") == 0) quick_exit(0);
    if (strcmp(way, "abort") == 0) abort();
    if (strcmp(way, "SIGKILL") == 0) raise(SIGKILL);
    if (strcmp(way, "SIGTERM") == 0) raise(SIGTERM);
    if (strcmp(way, "exec") == 0) execl("/bin/true", "true", (char*)NULL);
    if (strcmp(way, "segv") == 0) *(volatile int*)8 = 1;
    return 0;
}
