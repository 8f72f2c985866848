/* Loaded with RTLD_DEEPBIND its calls bind to libc, not to the preloaded library. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char* make_text(int number) {
    char* text = NULL;
    return asprintf(&text, "number %d", number) < 0 ? NULL : text;
}
char* copy_text(const char* text) { return strdup(text); }
char* new_text(size_t size) { return malloc(size); }
void drop_text(char* text) { free(text); }
char* grow_text(char* text, size_t size) { return realloc(text, size); }
char* grow_texts(char* texts, size_t count) { return reallocarray(texts, count, 10); }
size_t size_of_text(char* text) { return malloc_usable_size(text); }
