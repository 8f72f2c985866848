#include "tools/cgroup_place.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sstream>
#include <utility>

#include "tools/small_file.h"

namespace morpharena::tool {
namespace fs = std::filesystem;
namespace {

// mountinfo writes blanks and backslashes of a path as \ooo.
std::string unescape(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '\\' && at + 3 < text.size()) {
            const auto digit = [&](std::size_t i) { return static_cast<unsigned>(text[at + i] - '0') & 7u; };
            out += static_cast<char>(digit(1) * 64 + digit(2) * 8 + digit(3));
            at += 3;
        } else {
            out += text[at];
        }
    }
    return out;
}

bool lists_word(std::string_view list, std::string_view word, char separator) {
    while (!list.empty()) {
        const std::string_view item = list.substr(0, list.find(separator));
        if (item == word) return true;
        list.remove_prefix(std::min(list.size(), item.size() + 1));
    }
    return false;
}

bool file_lists_memory(const fs::path& file) {
    auto text = read_small_file(file);
    if (!text) return false;
    if (!text->empty() && text->back() == '\n') text->pop_back();
    return lists_word(*text, "memory", ' ');
}

// The path of our cgroup in the hierarchy, from lines "id:controllers:path".
std::optional<std::string> cgroup_path(const std::string& proc_cgroup, CgroupVersion version) {
    std::istringstream lines(proc_cgroup);
    for (std::string line; std::getline(lines, line);) {
        const auto first = line.find(':');
        const auto second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos) continue;
        const std::string controllers = line.substr(first + 1, second - first - 1);
        const bool wanted =
            version == CgroupVersion::v2 ? line.starts_with("0::") : lists_word(controllers, "memory", ',');
        if (wanted) return line.substr(second + 1);
    }
    return std::nullopt;
}

// Makes and removes an empty cgroup, with the files that a run will need.
std::string trial(const fs::path& parent, const char* limit_file) {
    const fs::path cgroup = parent / fmt::format("morpharena-{}-trial", ::getpid());
    if (::mkdir(cgroup.c_str(), 0755) != 0 && errno != EEXIST) {
        return fmt::format("cannot make a cgroup in {}: {}", parent.string(), std::strerror(errno));
    }
    std::string problem;
    for (const char* file : {"cgroup.procs", limit_file}) {
        if (::access((cgroup / file).c_str(), W_OK) != 0) {
            problem = fmt::format("cannot write {}: {}", (cgroup / file).string(), std::strerror(errno));
        }
    }
    ::rmdir(cgroup.c_str());
    return problem;
}

}  // namespace

std::vector<OwnCgroup> own_cgroups(std::string_view proc_cgroup, std::string_view mountinfo) {
    std::vector<OwnCgroup> found;
    std::istringstream lines{std::string(mountinfo)};
    for (std::string line; std::getline(lines, line);) {
        // id parent major:minor root mount-point options [tags] - type source super-options
        std::istringstream words(line);
        std::string skipped, root, mount_point, word, type, source, super;
        words >> skipped >> skipped >> skipped >> root >> mount_point;
        while (words >> word && word != "-") {
        }
        words >> type >> source >> super;
        const bool v2 = type == "cgroup2";
        if (!v2 && !(type == "cgroup" && lists_word(super, "memory", ','))) continue;

        const CgroupVersion version = v2 ? CgroupVersion::v2 : CgroupVersion::v1;
        auto path = cgroup_path(std::string(proc_cgroup), version);
        if (!path) continue;
        // In a container the mount may show only a part of the hierarchy, and our path may begin above it.
        root = unescape(root);
        if (root != "/" && path->starts_with(root)) path->erase(0, root.size());
        const fs::path mount = unescape(mount_point);
        const auto place = found.begin() + (v2 ? 0 : static_cast<std::ptrdiff_t>(found.size()));
        found.insert(place, {version, (mount / fs::path(*path).relative_path()).lexically_normal(), mount});
    }
    return found;
}

// Version 2 wants processes in leaves only: a cgroup whose children have a memory controller holds none
// itself. When ours holds nobody but us (a delegated scope), we step aside into a leaf and divide it.
// `reason` says why not.
std::optional<CgroupPlace> divide_own_v2(const OwnCgroup& own, std::string& reason) {
    if (!file_lists_memory(own.directory / "cgroup.controllers")) {
        reason = fmt::format("cgroup v2 at {} has no memory controller", own.directory.string());
        return std::nullopt;
    }
    const auto members = read_small_file(own.directory / "cgroup.procs");
    if (!members || *members != fmt::format("{}\n", ::getpid())) {
        reason = fmt::format("the cgroup {} is shared with other processes", own.directory.string());
        return std::nullopt;
    }
    CgroupPlace place(CgroupVersion::v2, own.directory);
    const fs::path leaf = own.directory / fmt::format("morpharena-{}-self", ::getpid());
    if (::mkdir(leaf.c_str(), 0755) != 0) {
        reason = fmt::format("cannot make a cgroup in {}: {}", own.directory.string(), std::strerror(errno));
        return std::nullopt;
    }
    place.own_leaf_ = leaf;  // from here on the destructor undoes it
    int error = write_small_file(leaf / "cgroup.procs", "0");
    if (error == 0) error = write_small_file(own.directory / "cgroup.subtree_control", "+memory");
    reason = error != 0 ? std::string(std::strerror(error)) : trial(own.directory, "memory.max");
    if (reason.empty()) return place;
    reason = fmt::format("cannot divide the cgroup {}: {}", own.directory.string(), reason);
    return std::nullopt;
}

// Our own cgroup first, since it is ours to divide; else one above us that passes the controller on to its
// children and lets us make some.
std::optional<CgroupPlace> place_in_v2(const OwnCgroup& own, std::string& reason) {
    if (auto place = divide_own_v2(own, reason)) return place;
    for (fs::path parent = own.directory;; parent = parent.parent_path()) {
        if (file_lists_memory(parent / "cgroup.subtree_control") &&
            ::access((parent / "cgroup.procs").c_str(), W_OK) == 0 && trial(parent, "memory.max").empty()) {
            return CgroupPlace(CgroupVersion::v2, parent);
        }
        if (parent == own.mount_point || parent == parent.parent_path()) break;
    }
    reason += "; start it with: systemd-run --user --scope -p Delegate=yes morpharena ...";
    return std::nullopt;
}

std::optional<CgroupPlace> place_in_v1(const OwnCgroup& own, std::string& reason) {
    reason = trial(own.directory, "memory.limit_in_bytes");
    if (!reason.empty()) return std::nullopt;
    return CgroupPlace(CgroupVersion::v1, own.directory);
}

std::optional<CgroupPlace> CgroupPlace::find(std::string_view proc_cgroup, std::string_view mountinfo,
                                             std::string& reason) {
    std::string reasons;
    for (const OwnCgroup& own : own_cgroups(proc_cgroup, mountinfo)) {
        const bool v2 = own.version == CgroupVersion::v2;
        std::string problem;
        if (auto place = v2 ? place_in_v2(own, problem) : place_in_v1(own, problem)) return place;
        // Where version 1 has the memory controller, nobody wants to read that version 2 has none.
        reasons = problem;
    }
    reason = reasons.empty() ? "no memory cgroup is mounted here" : reasons;
    return std::nullopt;
}

std::optional<CgroupPlace> CgroupPlace::find(std::string& reason) {
    return find(read_small_file("/proc/self/cgroup").value_or(""),
                read_small_file("/proc/self/mountinfo").value_or(""), reason);
}

CgroupPlace::CgroupPlace(CgroupPlace&& other) noexcept
    : version_(other.version_),
      directory_(std::move(other.directory_)),
      own_leaf_(std::exchange(other.own_leaf_, fs::path())) {}

CgroupPlace::~CgroupPlace() {
    if (own_leaf_.empty()) return;
    write_small_file(directory_ / "cgroup.subtree_control", "-memory");
    write_small_file(directory_ / "cgroup.procs", "0");
    ::rmdir(own_leaf_.c_str());
}

}  // namespace morpharena::tool
