#include "tools/profile_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string_view>

namespace morpharena::tool {

SiteFigures& SiteFigures::operator+=(const SiteFigures& other) {
    samples += other.samples;
    objects += other.objects;
    bytes += other.bytes;
    live += other.live;
    live_objects += other.live_objects;
    peak += other.peak;
    young += other.young;
    freed_same_thread += other.freed_same_thread;
    freed_other_thread += other.freed_other_thread;
    died_newest += other.died_newest;
    for (std::size_t i = 0; i < lifetimes.size(); ++i) lifetimes[i] += other.lifetimes[i];
    return *this;
}

bool is_wrapper(const std::string& function) {
    constexpr std::string_view kNames[] = {"malloc",
                                           "calloc",
                                           "realloc",
                                           "reallocarray",
                                           "memalign",
                                           "aligned_alloc",
                                           "posix_memalign",
                                           "valloc",
                                           "pvalloc",
                                           "strdup",
                                           "strndup",
                                           "__strdup",
                                           "__strndup",
                                           "xmalloc",
                                           "xcalloc",
                                           "xrealloc",
                                           "xreallocarray",
                                           "xstrdup",
                                           "xstrndup",
                                           "xmemdup",
                                           "xzalloc",
                                           "g_malloc",
                                           "g_malloc0",
                                           "g_realloc",
                                           "g_malloc_n",
                                           "g_malloc0_n",
                                           "g_strdup",
                                           "PyMem_RawMalloc",
                                           "_obstack_begin",
                                           "_obstack_newchunk",
                                           "_obstack_begin_worker"};
    constexpr std::string_view kPrefixes[] = {"operator new", "std::allocator<", "std::allocator_traits<",
                                              "std::__new_allocator<", "__gnu_cxx::new_allocator<"};
    const auto begins = [&](std::string_view prefix) { return function.starts_with(prefix); };
    if (std::any_of(std::begin(kPrefixes), std::end(kPrefixes), begins)) return true;
    if (function.starts_with("std::_Vector_base<") && function.find("::_M_allocate(") != std::string::npos)
        return true;
    return std::find(std::begin(kNames), std::end(kNames), function) != std::end(kNames);
}

std::vector<NamedFrame> frames_of(const Profile& profile, const CallSite& site) {
    std::vector<NamedFrame> frames;
    for (const std::size_t call : site.stack) {
        const auto& inner = profile.calls[call].frames;
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

bool has_name(const Profile& profile, const NamedFunction& function) {
    return !function.name.starts_with(module_name(profile, function.module) + "+0x");
}

std::string place_of(const Profile& profile, const NamedFrame& frame) {
    const NamedFunction& function = profile.functions[frame.function];
    if (function.file.empty()) return module_name(profile, function.module);
    const std::string file = std::filesystem::path(function.file).filename().string();
    return frame.line == 0 ? file : fmt::format("{}:{}", file, frame.line);
}

std::string end_text(StackEnd end) {
    return end == StackEnd::whole ? "" : end == StackEnd::cut ? "(cut)" : "(not unwound)";
}

SiteFigures total_of(const ProfiledProcess& process) {
    SiteFigures total;
    for (const CallSite& site : process.sites) total += site.figures;
    return total;
}

SiteFigures total_of(const Profile& profile) {
    SiteFigures total;
    for (const ProfiledProcess& process : profile.processes) total += total_of(process);
    return total;
}

}  // namespace morpharena::tool
