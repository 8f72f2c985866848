/* Does one thing so many times, for callgrind to count: fast_paths OPERATION COUNT. Every call of the counted function is
   one on its fast path; the objects of `free` are made beforehand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void* objects[100000];

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const size_t count = strtoul(argv[2], NULL, 10);
    if (count > sizeof objects / sizeof *objects) return 2;
    if (strcmp(argv[1], "malloc") == 0) {
        for (size_t i = 0; i < count; ++i) objects[i] = malloc(48);
    } else if (strcmp(argv[1], "pair") == 0) {
        for (size_t i = 0; i < count; ++i) {
            void* object = malloc(48);
            __asm__ volatile("" : "+r"(object));
            free(object);
        }
    } else {
        return 2;
    }
    return 0;
}
