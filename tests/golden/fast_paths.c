/* Does one thing so many times, for callgrind to count: fast_paths OPERATION COUNT. Every call of the counted function is
   one on its fast path; the objects of `free` are made beforehand. `reset` frees what fills so many blocks of 64 KiB, four
   objects each, and resets once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/morpharena.h"

static void* objects[100000];

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const size_t count = strtoul(argv[2], NULL, 10);
    if (4 * count > sizeof objects / sizeof *objects) return 2;
    if (strcmp(argv[1], "malloc") == 0) {
        for (size_t i = 0; i < count; ++i) objects[i] = malloc(48);
    } else if (strcmp(argv[1], "pair") == 0) {
        for (size_t i = 0; i < count; ++i) {
            void* object = malloc(48);
            __asm__ volatile("" : "+r"(object));
            free(object);
        }
    } else if (strcmp(argv[1], "reset") == 0 && morpharena_reset_safe) {
        for (size_t i = 0; i < 4 * count; ++i) objects[i] = malloc(15000);
        for (size_t i = 0; i < 4 * count; ++i) free(objects[i]);
        if (morpharena_reset_safe() < count - 1) return 3;
    } else {
        return 2;
    }
    return 0;
}
