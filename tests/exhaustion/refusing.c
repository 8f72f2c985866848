/* glibc's malloc with an end: beyond REFUSE_FROM bytes asked for it answers NULL, so that MORPHARENA_LIMIT has something to
 * be compared with. What glibc keeps for itself does not count, and nothing that is freed comes back. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *pointer, size_t size);

static int refuses(size_t size) {
    static size_t asked, limit;
    if (limit == 0) {
        const char *text = getenv("REFUSE_FROM");
        limit = text != NULL ? strtoul(text, NULL, 10) : (size_t)-1;
    }
    if (__atomic_add_fetch(&asked, size, __ATOMIC_RELAXED) <= limit) return 0;
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t size) { return refuses(size) ? NULL : __libc_malloc(size); }
void *calloc(size_t count, size_t size) { return refuses(count * size) ? NULL : __libc_calloc(count, size); }
void *realloc(void *pointer, size_t size) { return refuses(size) ? NULL : __libc_realloc(pointer, size); }
