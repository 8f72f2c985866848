// Files of /proc, /sys and cgroups: read whole, written in one write.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace morpharena::tool {

// The whole file, or nothing when it cannot be opened or read (errno says why).
std::optional<std::string> read_small_file(const std::filesystem::path& path);

// The number that the file begins with.
std::optional<std::uint64_t> read_number(const std::filesystem::path& path);

// 0, or the errno of what failed. The file must exist.
int write_small_file(const std::filesystem::path& path, std::string_view text);

// The number behind `key` in lines of "key number", as cgroup event files and /proc/<pid>/status (with its
// colon as a part of the key) have them; nothing when it is not there.
std::optional<std::uint64_t> keyed_number(std::string_view text, std::string_view key);

}  // namespace morpharena::tool
