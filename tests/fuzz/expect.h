// What must hold in a fuzzer: it says why and aborts, which libFuzzer and the replay both take for a find.
#pragma once

#include <cstdio>
#include <cstdlib>

#define EXPECT_THAT(condition, ...)                                              \
    do {                                                                         \
        if (!(condition)) {                                                      \
            std::fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #condition); \
            std::fprintf(stderr, __VA_ARGS__);                                   \
            std::fputc('\n', stderr);                                            \
            std::abort();                                                        \
        }                                                                        \
    } while (false)
