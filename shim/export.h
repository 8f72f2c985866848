// How an entry point is declared: C linkage, visible, and free of exceptions as libc's headers promise.
#pragma once

#define EXPORTED extern "C" __attribute__((visibility("default"))) __attribute__((nothrow))
