#include "tools/profile_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <tuple>

namespace morpharena::tool {

SiteFigures& SiteFigures::operator+=(const SiteFigures& other) {
    samples += other.samples;
    objects += other.objects;
    bytes += other.bytes;
    live_objects += other.live_objects;
    live_bytes += other.live_bytes;
    peak_objects += other.peak_objects;
    peak_bytes += other.peak_bytes;
    freed_same += other.freed_same;
    freed_other += other.freed_other;
    newest += other.newest;
    for (std::size_t i = 0; i < died.size(); ++i) died[i] += other.died[i];
    return *this;
}

bool ProfileFunction::operator<(const ProfileFunction& other) const {
    return std::tie(name, file, module) < std::tie(other.name, other.file, other.module);
}

bool is_wrapper(const std::string& function) {
    constexpr std::string_view kNames[] = {
        "malloc",      "calloc",    "realloc",   "reallocarray",  "memalign",        "aligned_alloc",
        "posix_memalign", "valloc", "pvalloc",   "strdup",        "strndup",         "__strdup",
        "__strndup",   "xmalloc",   "xcalloc",   "xrealloc",      "xreallocarray",   "xstrdup",
        "xstrndup",    "xmemdup",   "xzalloc",   "g_malloc",      "g_malloc0",       "g_realloc",
        "g_malloc_n",  "g_malloc0_n", "g_strdup", "PyMem_RawMalloc", "_obstack_begin", "_obstack_newchunk",
        "_obstack_begin_worker"};
    constexpr std::string_view kPrefixes[] = {"operator new", "std::allocator<", "std::allocator_traits<",
                                              "std::__new_allocator<", "__gnu_cxx::new_allocator<"};
    const auto begins = [&](std::string_view prefix) { return function.starts_with(prefix); };
    if (std::any_of(std::begin(kPrefixes), std::end(kPrefixes), begins)) return true;
    if (function.starts_with("std::_Vector_base<") && function.find("::_M_allocate(") != std::string::npos)
        return true;
    return std::find(std::begin(kNames), std::end(kNames), function) != std::end(kNames);
}

std::vector<ProfileLocation::Frame> frames_of(const Profile& profile, const ProfileSite& site) {
    std::vector<ProfileLocation::Frame> frames;
    for (const std::size_t location : site.stack) {
        const auto& inner = profile.locations[location].frames;
        frames.insert(frames.end(), inner.begin(), inner.end());
    }
    const auto own = std::find_if(frames.begin(), frames.end(), [&](const auto& frame) {
        return !is_wrapper(profile.functions[frame.function].name);
    });
    if (own != frames.end()) frames.erase(frames.begin(), own);
    return frames;
}

std::string module_name(const Profile& profile, std::size_t module) {
    const std::string& path = profile.modules[module].path;
    const std::string name = std::filesystem::path(path).filename().string();
    return name.empty() ? path : name;
}

std::string place_of(const Profile& profile, const ProfileLocation::Frame& frame) {
    const ProfileFunction& function = profile.functions[frame.function];
    if (function.file.empty()) return module_name(profile, function.module);
    const std::string file = std::filesystem::path(function.file).filename().string();
    return frame.line == 0 ? file : fmt::format("{}:{}", file, frame.line);
}

SiteFigures total_of(const ProfileProcess& process) {
    SiteFigures total;
    for (const ProfileSite& site : process.sites) total += site.figures;
    return total;
}

}  // namespace morpharena::tool
