/* A library that allocates below frames of its own. Built twice, with frames of different sizes, so that one
   can be loaded to where the other was. */
#include <stdlib.h>
#include <string.h>

#ifndef FRAME
#define FRAME 64
#endif

__attribute__((noinline)) void* stacks_inner(size_t bytes) {
    volatile char frame[FRAME];
    memset((char*)frame, 1, sizeof frame);
    void* object = malloc(bytes + frame[FRAME - 1] - 1);
    __asm__ volatile("" : : "r"(frame) : "memory");
    return object;
}

__attribute__((noinline)) void* stacks_make(size_t bytes) {
    volatile char frame[FRAME * 3];
    frame[0] = 1;
    void* object = stacks_inner(bytes);
    __asm__ volatile("" : : "r"(frame) : "memory");
    return object;
}
