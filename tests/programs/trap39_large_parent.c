/* Grows to 200 MB and starts `true`, whose ru_maxrss then says 200 MB: the kernel hands it on through exec.
 */
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "check.h"

extern char** environ;

int main(void) {
    enum { BYTES = 200 << 20 };
    char* large = malloc(BYTES);
    CHECK(large != NULL, "malloc");
    memset(large, 1, BYTES);
    char* arguments[] = {"true", NULL};
    pid_t child;
    CHECK(posix_spawn(&child, "/bin/true", NULL, NULL, arguments, environ) == 0, "posix_spawn");
    int status = 0;
    struct rusage usage;
    CHECK(wait4(child, &status, 0, &usage) == child && status == 0, "status %x", status);
    dprintf(1, "%ld\n", usage.ru_maxrss);
    free(large);
    return 0;
}
