#include "tools/printable.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "core/base/utf8.h"

namespace morpharena::tool {
namespace {

unsigned char byte_at(std::string_view text, std::size_t at) {
    return static_cast<unsigned char>(text[at]);
}

bool is_continuation(std::string_view text, std::size_t at) {
    return at < text.size() && (byte_at(text, at) & 0xC0u) == 0x80u;
}

}  // namespace

std::string printable(std::string_view text, bool keep_lines) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const std::string_view rest = text.substr(at);
        const std::size_t length = utf8_length(rest);
        const bool kept = keep_lines && (text[at] == '\n' || text[at] == '\t');
        if (kept || (length != 0 && !is_control(rest, length))) {
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

std::string shell_words(std::span<const std::string> words) {
    std::string line;
    for (const std::string& word : words) line += (line.empty() ? "" : " ") + shell_word(word);
    return line;
}

}  // namespace morpharena::tool
