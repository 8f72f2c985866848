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
    char* (*new_text)(size_t) = (char* (*)(size_t))dlsym(library, "new_text");
    void (*drop_text)(char*) = (void (*)(char*))dlsym(library, "drop_text");
    char* (*grow_text)(char*, size_t) = (char* (*)(char*, size_t))dlsym(library, "grow_text");
    char* (*grow_texts)(char*, size_t) = (char* (*)(char*, size_t))dlsym(library, "grow_texts");
    size_t (*size_of_text)(char*) = (size_t(*)(char*))dlsym(library, "size_of_text");
    /* As Python's ctypes does. */
    void* libc = dlopen("libc.so.6", RTLD_NOW);
    CHECK(libc != NULL, "%s", dlerror());
    void (*free_in_libc)(void*) = (void (*)(void*))dlsym(libc, "free");
    for (int i = 0; i < 1000; ++i) {
        char* text = make_text(i);
        CHECK(strncmp(text, "number ", 7) == 0, "%s", text);
        CHECK(malloc_usable_size(text) >= strlen(text), "size");
        free(text);
        text = copy_text("hello");
        text = realloc(text, 200);
        CHECK(strcmp(text, "hello") == 0, "%s", text);
        free(text);
        /* What the program made, to the library, and back; in every second turn a large object. */
        const size_t size = i % 2 ? 100 : 300000;
        text = malloc(size);
        CHECK(text != NULL && size_of_text(text) >= size, "size");
        strcpy(text, "ours");
        text = grow_text(text, 2 * size);
        CHECK(text != NULL && malloc_usable_size(text) >= 2 * size && strcmp(text, "ours") == 0, "realloc");
        text = grow_texts(text, size);
        CHECK(text != NULL && size_of_text(text) >= 10 * size && strcmp(text, "ours") == 0, "reallocarray");
        drop_text(text);
        drop_text(make_text(i));
        /* What the library made itself: libc's. */
        text = new_text(size);
        CHECK(text != NULL && malloc_usable_size(text) >= size && size_of_text(text) >= size, "size of libc's");
        strcpy(text, "libc's");
        text = realloc(text, 2 * size);
        CHECK(text != NULL && strcmp(text, "libc's") == 0, "realloc of libc's");
        free(text);
        free(grow_text(new_text(size), 2 * size));
        drop_text(new_text(size));
        free_in_libc(new_text(size));
        free_in_libc(strdup("hello"));
        free_in_libc(malloc(size));
        free_in_libc(make_text(i));
    }
    return 0;
}
