/* Memory goes over the border of a deep-bound library both ways. argv[1]: the library. */
#include <dlfcn.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

int main(int argc, char** argv) {
    CHECK(argc == 2, "which library?");
    void* library = dlopen(argv[1], RTLD_NOW | RTLD_DEEPBIND);
    CHECK(library != NULL, "%s", dlerror());
    char* (*make_text)(int) = (char* (*)(int))dlsym(library, "make_text");
    char* (*copy_text)(const char*) = (char* (*)(const char*))dlsym(library, "copy_text");
    for (int i = 0; i < 1000; ++i) {
        char* text = make_text(i);
        CHECK(strncmp(text, "number ", 7) == 0, "%s", text);
        CHECK(malloc_usable_size(text) >= strlen(text), "size");
        free(text);
        text = copy_text("hello");
        text = realloc(text, 200);
        CHECK(strcmp(text, "hello") == 0, "%s", text);
        free(text);
    }
    return 0;
}
