/* A tracer as people write it: malloc's family again, each function handing on to the next one of its name, which it looks up when it
   is first called. Behind ours nobody calls it, and libc's functions must not lead it in a circle. */
#include <dlfcn.h>
#include <malloc.h>
#include <stdlib.h>

#define NEXT(name)                                                   \
    static __typeof__(name)* next;                                   \
    if (next == NULL) next = (__typeof__(name)*)dlsym(RTLD_NEXT, #name)

void* malloc(size_t size) {
    NEXT(malloc);
    return next(size);
}
void* realloc(void* object, size_t size) {
    NEXT(realloc);
    return next(object, size);
}
void free(void* object) {
    NEXT(free);
    next(object);
}
size_t malloc_usable_size(void* object) {
    NEXT(malloc_usable_size);
    return next(object);
}
