/* Under a ladder of `ulimit -v`, or of `ulimit -d` (`data`), the heap gets what there is, then NULL and ENOMEM, and the program goes on. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "check.h"
#include "proc_file.h"

static int data;

static void use_up(size_t room, size_t size) {
    const rlim_t limit = proc_bytes("/proc/self/status", data ? "VmData" : "VmSize") + room;
    const struct rlimit both = {limit, limit};
    CHECK(setrlimit(data ? RLIMIT_DATA : RLIMIT_AS, &both) == 0, "setrlimit");
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

int main(int argc, char** argv) {
    data = argc > 1 && strcmp(argv[1], "data") == 0;
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
