#include "tools/printable.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace morpharena::tool {
namespace {

unsigned char byte_at(std::string_view text, std::size_t at) {
    return static_cast<unsigned char>(text[at]);
}

bool is_continuation(std::string_view text, std::size_t at) {
    return at < text.size() && (byte_at(text, at) & 0xC0u) == 0x80u;
}

// Bytes of the well-formed UTF-8 character at `at`, or 0. Overlong forms, surrogates and what lies beyond
// U+10FFFF are not well-formed.
std::size_t utf8_length(std::string_view text, std::size_t at) {
    const unsigned first = byte_at(text, at);
    if (first < 0x80) return 1;
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if (!is_continuation(text, at + i)) return 0;
    }
    const unsigned second = byte_at(text, at + 1);
    if (first == 0xE0 && second < 0xA0) return 0;
    if (first == 0xED && second >= 0xA0) return 0;
    if (first == 0xF0 && second < 0x90) return 0;
    if (first == 0xF4 && second >= 0x90) return 0;
    return length;
}

bool is_control(std::string_view text, std::size_t at, std::size_t length) {
    const unsigned first = byte_at(text, at);
    if (length == 1) return first < 0x20 || first == 0x7F;
    return length == 2 && first == 0xC2 && byte_at(text, at + 1) < 0xA0;  // U+0080 to U+009F
}

}  // namespace

std::string printable(std::string_view text, bool keep_lines) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = utf8_length(text, at);
        const bool kept = keep_lines && (text[at] == '\n' || text[at] == '\t');
        if (kept || (length != 0 && !is_control(text, at, length))) {
            out.append(text.substr(at, std::max<std::size_t>(length, 1)));
            at += length;
            continue;
        }
        const std::size_t bad = std::max<std::size_t>(length, 1);
        for (std::size_t i = 0; i < bad; ++i) out += fmt::format("\\x{:02x}", byte_at(text, at + i));
        at += bad;
    }
    return out;
}

std::size_t display_width(std::string_view text) {
    std::size_t width = 0;
    for (std::size_t at = 0; at < text.size(); ++at) width += is_continuation(text, at) ? 0 : 1;
    return width;
}

std::string fit(std::string_view text, std::size_t width) {
    if (display_width(text) <= width) return std::string(text);
    std::size_t at = 0;
    for (std::size_t seen = 0; at < text.size(); ++at) {
        if (is_continuation(text, at)) continue;
        if (++seen == width) break;
    }
    return std::string(text.substr(0, at)) + "…";
}

std::string wrapped(std::string_view text, std::size_t width, std::size_t indent) {
    std::string out;
    std::size_t column = indent;
    while (!text.empty()) {
        const std::size_t end = text.find_first_of(" \n");
        const std::string_view word = text.substr(0, end);
        const std::size_t needed = display_width(word);
        if (column > indent && column + needed > width) {
            out.erase(out.find_last_not_of(' ') + 1);
            out += "\n" + std::string(indent, ' ');
            column = indent;
        }
        out += word;
        column += needed;
        if (end == std::string_view::npos) break;
        out += text[end];
        column = text[end] == '\n' ? indent : column + 1;
        if (text[end] == '\n') out += std::string(indent, ' ');
        text.remove_prefix(end + 1);
    }
    return out;
}

std::string shell_word(const std::string& word) {
    constexpr std::string_view kPlain = "+-./_=:,@%^";
    const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [&](unsigned char c) {
        return std::isalnum(c) != 0 || kPlain.find(static_cast<char>(c)) != std::string_view::npos;
    });
    if (plain) return word;
    std::string quoted = "'";
    for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return printable(quoted + "'");
}

}  // namespace morpharena::tool
