/* A program that brings its own malloc (rustc, Firefox): ours serves nobody, in it and in its fork children. */
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>

#define MAY_RUN_WITHOUT
#include "check.h"

static char pool[1 << 20] __attribute__((aligned(16)));
static size_t used;

void* malloc(size_t size) {
    void* object = pool + used;
    used += (size + 31) & ~(size_t)15;
    return used <= sizeof pool ? object : NULL;
}
void free(void* object) { (void)object; }
void* calloc(size_t count, size_t size) { return malloc(count * size); }
void* realloc(void* old, size_t size) {
    void* object = malloc(size);
    if (old != NULL && object != NULL) memcpy(object, old, size);
    return object;
}

int main(void) {
    for (int i = 0; i < 100; ++i) CHECK(memset(malloc(48), 1, 48) != NULL, "malloc");
    const pid_t child = fork();
    if (child == 0) _exit(0);
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(status == 0, "status %x", status);
    return 0;
}
