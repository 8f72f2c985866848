// Text from elsewhere, byte by byte: what is well-formed, and what a terminal would obey.
#pragma once

#include <cstddef>
#include <string_view>

namespace morpharena {

// Bytes of the well-formed UTF-8 sequence (RFC 3629) at the start of `text`, which is not empty; 0 when there
// is none: overlong forms, surrogates and what lies beyond U+10FFFF are not well-formed.
std::size_t utf8_length(std::string_view text);

// Whether the character of `length` bytes at the start of `text` moves the cursor or turns text around: C0,
// DEL, C1 (U+0080 to U+009F), line and paragraph separators and directions (U+2028 to U+202E, U+2066 to
// U+2069).
bool is_control(std::string_view text, std::size_t length);

}  // namespace morpharena
