// What a program file says of itself: whether a preloaded malloc can reach it, and why not.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace morpharena::tool {

enum class Linkage : std::uint32_t {
    dynamic,       // glibc's loader starts it: LD_PRELOAD works
    fixed,         // linked statically: nothing can be preloaded
    other_loader,  // a loader other than glibc's (musl, bionic)
    other_abi,     // for another processor, or 32-bit: our library does not fit
    unreadable,    // not ELF, or gone
};

struct Executable {
    Linkage linkage = Linkage::unreadable;
    std::string loader;       // the path in PT_INTERP, empty for fixed
    std::string go_version;   // from Go's build information, such as "go1.19.8"; empty where there is none
    bool own_malloc = false;  // defines malloc itself and exports it: ours, preloaded, stays aside
    std::string sanitizer;    // the run-time that it needs, such as "libasan.so.8"; empty where there is none
    bool privileged = false;  // set-user-ID or set-group-ID bit, or file capabilities
};

// Never throws for what is in the file; a file that cannot be read is `unreadable`.
Executable look_at_executable(const std::filesystem::path& file);

}  // namespace morpharena::tool
