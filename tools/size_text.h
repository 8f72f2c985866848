// Quantities as people write and read them. 1K is 1024, and what is printed says KiB, MiB, GiB.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace morpharena::tool {

// A whole number with an optional suffix K, M, G or T (either case): bytes. Nothing when `text` is anything
// else or does not fit 64 bits.
std::optional<std::uint64_t> parse_size(std::string_view text);

// A whole decimal number, digits only.
std::optional<std::uint64_t> parse_count(std::string_view text);

std::string bytes_text(double bytes);      // "512 B", "84.0 KiB", "1.52 GiB"
std::string seconds_text(double seconds);  // "0.412 ms", "812 ms", "12.3 s"
std::string count_text(double count);      // "999", "140 k", "1.62 M"
std::string percent_text(double share);    // 0.9712 is "97.1 %"

}  // namespace morpharena::tool
