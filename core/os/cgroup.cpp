#include "core/os/cgroup.h"

#include <array>
#include <string_view>

#include "core/base/text.h"
#include "core/os/file.h"

namespace morpharena::os {

namespace {

// A limit as the kernel writes it: "max" in version 2, a number near 2^63 for none in version 1.
std::uint64_t read_limit(const char* path) {
    std::array<char, 64> buffer;
    std::string_view text(buffer.data(), read_file(path, buffer));
    if (text.ends_with('\n')) text.remove_suffix(1);
    std::uint64_t bytes = 0;
    constexpr std::uint64_t kNone = std::uint64_t{1} << 62;
    return parse_unsigned(text, bytes) && bytes < kNone ? bytes : 0;
}

void lower(std::uint64_t& smallest, std::uint64_t limit) {
    if (limit != 0 && (smallest == 0 || limit < smallest)) smallest = limit;
}

// Walks from `group` (a path that starts with '/') up to the mount's root.
std::uint64_t smallest_on_the_way(std::string_view mount, std::string_view group, std::string_view file) {
    std::uint64_t smallest = 0;
    std::array<char, 1024> buffer;
    for (;;) {
        while (group.ends_with('/')) group.remove_suffix(1);
        Text path(buffer);
        path.add(mount).add(group).add('/').add(file);
        if (!path.cut()) lower(smallest, read_limit(path.c_str()));
        if (group.empty()) return smallest;
        group = {group.data(), group.rfind('/') == std::string_view::npos ? 0 : group.rfind('/')};
    }
}

}  // namespace

std::uint64_t cgroup_memory_limit() {
    std::array<char, 2048> buffer;
    std::string_view text(buffer.data(), read_file("/proc/self/cgroup", buffer));
    std::uint64_t smallest = 0;
    while (!text.empty()) {
        // One line a hierarchy: "4:memory:/group" in version 1, "0::/group" in version 2.
        const std::size_t length = text.find('\n');
        std::string_view line(text.data(), length == std::string_view::npos ? text.size() : length);
        text.remove_prefix(length == std::string_view::npos ? text.size() : length + 1);
        const std::size_t first = line.find(':');
        const std::size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
        if (second == std::string_view::npos) continue;
        const std::string_view controllers(line.data() + first + 1, second - first - 1);
        const std::string_view group(line.data() + second + 1, line.size() - second - 1);
        if (controllers == "memory") {
            lower(smallest, smallest_on_the_way("/sys/fs/cgroup/memory", group, "memory.limit_in_bytes"));
        } else if (controllers.empty()) {
            lower(smallest, smallest_on_the_way("/sys/fs/cgroup", group, "memory.max"));
        }
    }
    return smallest;
}

}  // namespace morpharena::os
