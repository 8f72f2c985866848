/* Every name of the malloc family that a program may find is of the same allocator: what one makes, the
 * others know. */
#include <dlfcn.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

int main(void) {
    const char* names[] = {"malloc",        "calloc",       "realloc",           "free",
                           "aligned_alloc", "memalign",     "posix_memalign",    "valloc",
                           "pvalloc",       "reallocarray", "malloc_usable_size"};
    Dl_info first;
    CHECK(dladdr(dlsym(RTLD_DEFAULT, "malloc"), &first) != 0, "malloc is nobody's");
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
        Dl_info info;
        void* symbol = dlsym(RTLD_DEFAULT, names[i]);
        CHECK(symbol != NULL && dladdr(symbol, &info) != 0, "%s is not there", names[i]);
        CHECK(strcmp(info.dli_fname, first.dli_fname) == 0, "%s is of %s, malloc of %s", names[i],
              info.dli_fname, first.dli_fname);
    }
    void* made[] = {
        malloc(100), calloc(10, 10), aligned_alloc(64, 128),     memalign(32, 100),
        valloc(100), pvalloc(100),   reallocarray(NULL, 10, 10), strdup("a text of libc's making")};
    for (size_t i = 0; i < sizeof made / sizeof *made; ++i) {
        CHECK(made[i] != NULL && malloc_usable_size(made[i]) >= 24, "object %zu", i);
        made[i] = realloc(made[i], 5000);
        CHECK(made[i] != NULL && malloc_usable_size(made[i]) >= 5000, "object %zu, grown", i);
        free(made[i]);
    }
    return 0;
}
