/* Children made in the way that argv[1] names (fork, _Fork, clone) each make 500 objects of 48 bytes; the parent makes 300. The
   driver looks for a record for each, with its own counts. `chdir`: fork after a chdir; `own`: see own_malloc. */
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "check.h"

static void make(int count) {
    for (int i = 0; i < count; ++i) {
        char* object = malloc(48);
        CHECK(object != NULL, "malloc");
        memset(object, 1, 48);
    }
}

int main(int argc, char** argv) {
    const char* way = argc > 1 ? argv[1] : "fork";
    make(100);
    if (strcmp(way, "chdir") == 0) CHECK(chdir("/") == 0, "chdir");
    for (int i = 0; i < 3; ++i) {
        pid_t child;
        if (strcmp(way, "_Fork") == 0) {
            child = _Fork();
        } else if (strcmp(way, "clone") == 0) {
            child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
        } else {
            child = fork();
        }
        CHECK(child >= 0, "%s", way);
        if (child == 0) {
            make(500);
            _exit(0);
        }
        int status = 0;
        waitpid(child, &status, 0);
        CHECK(status == 0, "%s: status %x", way, status);
    }
    make(200);
    return 0;
}
