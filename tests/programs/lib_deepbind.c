/* Loaded with RTLD_DEEPBIND its calls bind to libc, not to the preloaded library. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char* make_text(int number) {
    char* text = NULL;
    return asprintf(&text, "number %d", number) < 0 ? NULL : text;
}
char* copy_text(const char* text) { return strdup(text); }
void drop_text(char* text) { free(text); }
