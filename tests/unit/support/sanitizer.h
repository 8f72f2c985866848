// What a sanitizer's run-time changes for a test.
#pragma once

namespace morpharena::test {

// ThreadSanitizer puts handlers of its own in the kernel, and calls the program's when it likes.
#if defined(__SANITIZE_THREAD__)
inline constexpr bool kOwnSignalHandlers = true;
#else
inline constexpr bool kOwnSignalHandlers = false;
#endif

}  // namespace morpharena::test
