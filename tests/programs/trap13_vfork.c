/* A vfork child whose exec fails, as gcc's driver has them, leaves the parent's heap and counters as they were,
   also where it allocates before. `dumps`: it asks for a dump, too, which would be its parent's. */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "check.h"

int main(int count, char** arguments) {
    (void)arguments;
    const int dumps = count > 1;
    char* kept = malloc(100);
    strcpy(kept, "kept");
    for (volatile int i = 0; i < 200; ++i) {
        const pid_t child = vfork();
        if (child == 0) {
            for (int k = 0; k < 50; ++k) {
                char* object = malloc(500);
                HIDE(object);
                if (object == NULL) _exit(44);
                memset(object, k, 500);
                free(object);
            }
            if (dumps) morpharena_dump();
            execl("/nowhere/at/all", "x", (char*)NULL);
            _exit(errno == ENOENT ? 42 : 43);
        }
        int status = 0;
        CHECK(child > 0 && waitpid(child, &status, 0) == child, "vfork");
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 42, "status %x", status);
        char* more = malloc(64);
        memset(more, i, 64);
        CHECK(strcmp(kept, "kept") == 0, "round %d", i);
        free(more);
    }
    return 0;
}
