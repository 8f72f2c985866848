/* Under a ladder of `ulimit -v` the heap gets what there is, then NULL and ENOMEM, and the program goes on. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "check.h"

static size_t address_space(void) {
    FILE* file = fopen("/proc/self/statm", "r");
    size_t pages = 0;
    CHECK(file != NULL && fscanf(file, "%zu", &pages) == 1, "/proc/self/statm");
    fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void use_up(size_t room, size_t size) {
    const rlim_t limit = address_space() + room;
    const struct rlimit both = {limit, limit};
    CHECK(setrlimit(RLIMIT_AS, &both) == 0, "setrlimit");
    size_t total = 0;
    void* last = NULL;
    for (;;) {
        errno = 0;
        void* object = malloc(size);
        if (object == NULL) break;
        memset(object, 1, size);
        last = object;
        total += size;
        CHECK(total <= room + (8u << 20), "more than there is");
    }
    CHECK(errno == ENOMEM, "errno %d", errno);
    /* glibc takes 32 bytes for 16; blocks and segments come in whole. Half of the room must do for everybody. */
    const size_t spare = 10u << 20;
    CHECK(room <= spare || total >= (room - spare) / 10 * 4, "%zu of %zu bytes, %zu each", total, room, size);
    free(last);
    errno = 0;
    CHECK(calloc(2, room + (32u << 20)) == NULL && errno == ENOMEM, "calloc of more than there is");
    CHECK(realloc(NULL, room + (64u << 20)) == NULL, "realloc to more than there is");
    free(malloc(1));
    _exit(0);
}

int main(void) {
    for (size_t room = 0; room <= (size_t)256 << 20; room = room ? room * 2 : (size_t)1 << 20) {
        const size_t sizes[] = {16, 1000, 30000, 300000, 4000000};
        for (int i = 0; i < 5; ++i) {
            if (room > ((size_t)64 << 20) && sizes[i] < 1000) continue;
            const pid_t child = fork();
            if (child == 0) use_up(room, sizes[i]);
            int status = 0;
            waitpid(child, &status, 0);
            CHECK(status == 0, "%zu MiB of room, objects of %zu: status %x", room >> 20, sizes[i], status);
        }
    }
    return 0;
}
