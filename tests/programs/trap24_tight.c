/* A program that is started under `ulimit -v` with 5 MiB more room than it takes before its first object; the
   heap's own tables take four of them. argv[1] bytes must be served in objects of 1,000 bytes. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "check.h"

static size_t mapped_bytes(void) {
    char text[200] = "";
    const int file = open("/proc/self/statm", O_RDONLY);
    CHECK(file >= 0 && read(file, text, sizeof text - 1) > 0, "/proc/self/statm");
    close(file);
    return strtoul(text, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE);
}

int main(int count, char** arguments) {
    CHECK(count >= 2, "usage: trap24_tight BYTES");
    if (count == 2) {
        struct rlimit limit;
        limit.rlim_cur = limit.rlim_max = mapped_bytes() + (5 << 20);
        CHECK(setrlimit(RLIMIT_AS, &limit) == 0, "setrlimit");
        execl("/proc/self/exe", arguments[0], arguments[1], "limited", (char*)NULL);
        CHECK(0, "exec");
    }
    const size_t wanted = strtoul(arguments[1], NULL, 10);
    size_t served = 0;
    for (char* object; (object = malloc(1000)) != NULL; served += 1000) memset(object, 1, 1000);
    CHECK(served >= wanted, "%zu of %zu bytes served", served, wanted);
    CHECK(served <= 5 << 20, "%zu bytes: nothing was limited", served);
    return 0;
}
