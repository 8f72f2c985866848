// What holds for every run of a measurement, whichever allocator it is given.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tools/launch.h"

namespace morpharena::tool {

enum class LimitBy {
    cgroup,  // the tree's memory, by the kernel's count
    rlimit,  // each process's address space, RLIMIT_AS: Go does not start under it, and cc1 collects more
             // often
};

struct Conditions {
    std::optional<std::uint64_t> memory_limit;  // bytes
    LimitBy limit_by = LimitBy::cgroup;
    // Go's garbage collector off, by Go's own knob: GOGC=off, and GOMEMLIMIT at a share of the memory limit.
    bool go_gc_off = false;
    std::chrono::milliseconds linger{5000};  // see Launch
    const CgroupPlace* place = nullptr;
};

// Sets up `launch` (its environment too) accordingly.
void impose(const Conditions& conditions, Launch& launch);

// How the limit was set, for JSON: "cgroup_v1", "cgroup_v2", "rlimit", or empty without a limit.
std::string_view limit_name(const Conditions& conditions);
// For people, one line each without the line feed; empty where there is nothing to say.
std::string limit_text(const Conditions& conditions);
std::string go_text(const Conditions& conditions);

}  // namespace morpharena::tool
