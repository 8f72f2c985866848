// What the compiler and string_view call without being asked, on slow paths: option texts, file names, a
// table's rows that move up. Were they libc's, the loader would look each of them up in every process that
// starts: 600 to 700 instructions a name. memcpy and memset stay libc's: objects are copied and cleared with
// them.
#include <cstddef>
#include <cstdint>

// Loops that GCC must not turn into calls of what they are.
#define OURS extern "C" __attribute__((optimize("no-tree-loop-distribute-patterns")))

OURS int memcmp(const void* first, const void* second, std::size_t bytes) {
    const auto* a = static_cast<const unsigned char*>(first);
    const auto* b = static_cast<const unsigned char*>(second);
    for (std::size_t i = 0; i < bytes; ++i) {
        if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
    }
    return 0;
}

OURS void* memchr(const void* memory, int wanted, std::size_t bytes) {
    const auto* at = static_cast<const unsigned char*>(memory);
    for (std::size_t i = 0; i < bytes; ++i) {
        if (at[i] == static_cast<unsigned char>(wanted)) return const_cast<unsigned char*>(at + i);
    }
    return nullptr;
}

OURS std::size_t strlen(const char* text) {
    std::size_t length = 0;
    while (text[length] != '\0') ++length;
    return length;
}

OURS void* memmove(void* target, const void* source, std::size_t bytes) {
    // Rows of pointers, for nearly every caller: by bytes, a span of the pool that comes and goes took 58 ns, not 15.
    using Word = std::uint64_t __attribute__((may_alias, aligned(1)));
    const std::size_t words = bytes / sizeof(Word);
    const std::size_t rest = bytes % sizeof(Word);
    auto* to = static_cast<Word*>(target);
    const auto* from = static_cast<const Word*>(source);
    auto* to_rest = reinterpret_cast<unsigned char*>(to + words);
    const auto* from_rest = reinterpret_cast<const unsigned char*>(from + words);
    if (target < source) {
        for (std::size_t i = 0; i < words; ++i) to[i] = from[i];
        for (std::size_t i = 0; i < rest; ++i) to_rest[i] = from_rest[i];
    } else {
        for (std::size_t i = rest; i > 0; --i) to_rest[i - 1] = from_rest[i - 1];
        for (std::size_t i = words; i > 0; --i) to[i - 1] = from[i - 1];
    }
    return target;
}
