#include "core/base/text.h"

#include <algorithm>
#include <array>

namespace morpharena {

Text& Text::add(std::string_view piece) {
    const std::size_t room = buffer_.empty() ? 0 : buffer_.size() - 1 - length_;
    const std::size_t taken = std::min(room, piece.size());
    for (std::size_t i = 0; i < taken; ++i) buffer_[length_ + i] = piece[i];
    length_ += taken;
    cut_ = cut_ || taken < piece.size();
    terminate();
    return *this;
}

namespace {

// Digits of `value` in `base`, at least `least` of them, right-aligned in `digits`; returns the used part.
std::string_view digits_of(std::uint64_t value, unsigned base, std::size_t least,
                           std::array<char, 24>& digits) {
    std::size_t start = digits.size();
    do {
        digits[--start] = "0123456789abcdef"[value % base];
        value /= base;
    } while (start > 0 && (value != 0 || digits.size() - start < least));
    return {digits.data() + start, digits.size() - start};
}

}  // namespace

Text& Text::add_unsigned(std::uint64_t value) {
    std::array<char, 24> digits;
    return add(digits_of(value, 10, 1, digits));
}

Text& Text::add_signed(std::int64_t value) {
    if (value < 0) add('-');
    const auto magnitude =
        value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
    return add_unsigned(magnitude);
}

Text& Text::add_hex(std::uint64_t value) {
    std::array<char, 24> digits;
    return add("0x").add(digits_of(value, 16, 1, digits));
}

Text& Text::add_fixed(std::uint64_t value, unsigned decimals) {
    std::array<char, 24> digits;
    const std::string_view all = digits_of(value, 10, decimals + 1, digits);
    // Not substr: it can throw, and the shared object has nothing to throw with.
    const std::size_t whole = all.size() - decimals;
    add({all.data(), whole});
    return decimals == 0 ? *this : add('.').add({all.data() + whole, decimals});
}

bool parse_unsigned(std::string_view text, std::uint64_t& value) {
    if (text.empty()) return false;
    std::uint64_t result = 0;
    for (const char character : text) {
        if (character < '0' || character > '9') return false;
        if (__builtin_mul_overflow(result, std::uint64_t{10}, &result)) return false;
        if (__builtin_add_overflow(result, static_cast<std::uint64_t>(character - '0'), &result))
            return false;
    }
    value = result;
    return true;
}

}  // namespace morpharena
