// The process's heap as one executable has it: woken once, by the environment that the test's row in
// meson.build sets.
#pragma once

#include <malloc.h>
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif
#include <stdlib.h>

#include <gtest/gtest.h>

#include "core/heap/dispatch.h"
#include "core/heap/process_heap.h"
#include "core/heap/system.h"

namespace morpharena::test {

inline ThreadHeap& my_heap() {
    ThreadHeap* heap = process_heap.heap();
    EXPECT_NE(heap, nullptr);
    return *heap;
}

// The last thing that a thread does whose heap another one may take over while both run (see has_ended).
inline void end_thread() {
#if defined(__SANITIZE_THREAD__)
    __tsan_release(current_heap);
#endif
}

// The shim would look these up; this executable does not interpose malloc, so libc's are next in line.
inline void provide_next_allocator() {
    next_allocator = {::malloc, ::calloc, ::realloc, ::memalign, ::free, ::malloc_usable_size};
}

// Whether small objects come from a block: mode arena, and adaptive before its budget is spent.
inline bool serves_from_blocks() {
    return process_heap.config().mode.value != Mode::system && !my_heap().uses_pool;
}

// Whether every call is counted; elsewhere only those that take the slow path are.
inline bool counts_calls() {
    return process_heap.tracked() || process_heap.config().mode.value == Mode::system;
}

inline bool serves_itself() {
    return process_heap.config().mode.value != Mode::system;
}

}  // namespace morpharena::test
