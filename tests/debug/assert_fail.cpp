// What _GLIBCXX_ASSERTIONS calls stands in libstdc++, which the library does without.
namespace std {

// stderr is the program's, and there may be no heap to speak with: a core file tells the place.
[[noreturn]] void __glibcxx_assert_fail(const char*, int, const char*, const char*) noexcept {
    __builtin_trap();
}

}  // namespace std
