#include "tools/size_text.h"

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <charconv>
#include <limits>

namespace morpharena::tool {
namespace {

// Three digits that matter: more would be noise in a measurement, fewer would hide a difference of a percent.
std::string three_digits(double value) {
    if (value >= 99.95) return fmt::format("{:.0f}", value);
    if (value >= 9.995) return fmt::format("{:.1f}", value);
    return fmt::format("{:.2f}", value);
}

}  // namespace

std::optional<std::uint64_t> parse_count(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
    constexpr std::string_view kSuffixes = "KMGT";
    unsigned shift = 0;
    if (!text.empty()) {
        const char last = static_cast<char>(std::toupper(static_cast<unsigned char>(text.back())));
        if (const auto at = kSuffixes.find(last); at != std::string_view::npos) {
            shift = 10 * (static_cast<unsigned>(at) + 1);
            text.remove_suffix(1);
        }
    }
    const auto value = parse_count(text);
    if (!value || *value > (std::numeric_limits<std::uint64_t>::max() >> shift)) return std::nullopt;
    return *value << shift;
}

std::string bytes_text(double bytes) {
    constexpr std::array<const char*, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
    std::size_t unit = 0;
    while (bytes >= 999.5 && unit + 1 < kUnits.size()) {
        bytes /= 1024;
        ++unit;
    }
    return unit == 0 ? fmt::format("{:.0f} B", bytes)
                     : fmt::format("{} {}", three_digits(bytes), kUnits[unit]);
}

std::string seconds_text(double seconds) {
    if (seconds >= 9.9995) return fmt::format("{} s", three_digits(seconds));
    const double ms = seconds * 1000;
    return ms < 0.9995 ? fmt::format("{:.3f} ms", ms) : fmt::format("{} ms", three_digits(ms));
}

std::string count_text(double count) {
    if (count < 9999.5) return fmt::format("{:.0f}", count);
    constexpr std::array<const char*, 4> kUnits = {"k", "M", "G", "T"};
    std::size_t unit = 0;
    count /= 1000;
    while (count >= 999.5 && unit + 1 < kUnits.size()) {
        count /= 1000;
        ++unit;
    }
    return fmt::format("{} {}", three_digits(count), kUnits[unit]);
}

std::string percent_text(double share) {
    return fmt::format("{:.1f} %", share * 100);
}

}  // namespace morpharena::tool
