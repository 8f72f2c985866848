// What libc's own free answers to those who look it up in libc.
#pragma once

#include <stddef.h>

namespace morpharena {

// calloc's slow half. The loader describes each library that it loads in an object of calloc(n, 1): before
// the first one that dlopen brings, libc's names for free and realloc begin to stand for ours.
void* calloc_told_who_asks(size_t count, size_t size, const void* caller);

}  // namespace morpharena
