// Text in a buffer of fixed size: what the core uses instead of snprintf, which may allocate, take the
// locale's lock, or be interposed. Text that does not fit is cut; `cut()` says so. The contents always end in
// NUL.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace morpharena {

class Text {
  public:
    explicit Text(std::span<char> buffer) : buffer_(buffer) { terminate(); }

    Text& add(std::string_view piece);
    Text& add(char character) { return add(std::string_view(&character, 1)); }
    Text& add_unsigned(std::uint64_t value);
    Text& add_signed(std::int64_t value);
    Text& add_hex(std::uint64_t value);
    // `value` / 10^decimals with that many decimals: add_fixed(1234, 2) is "12.34".
    Text& add_fixed(std::uint64_t value, unsigned decimals);

    std::string_view view() const { return {buffer_.data(), length_}; }
    const char* c_str() const { return buffer_.data(); }
    bool cut() const { return cut_; }
    void clear() {
        length_ = 0;
        cut_ = false;
        terminate();
    }

  private:
    void terminate() {
        if (!buffer_.empty()) buffer_[length_] = '\0';
    }

    std::span<char> buffer_;
    std::size_t length_ = 0;
    bool cut_ = false;
};

// Decimal digits only, no sign or blank; false when `text` is empty, has another character or overflows.
bool parse_unsigned(std::string_view text, std::uint64_t& value);

}  // namespace morpharena
