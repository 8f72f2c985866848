#include "tools/conditions.h"

#include <fmt/format.h>

#include "tools/environment.h"
#include "tools/size_text.h"

namespace morpharena::tool {
namespace {

// Go's own guide (go.dev/doc/gc-guide) asks for 5 to 10 % between GOMEMLIMIT and a container's limit, for
// what its run-time does not count.
constexpr std::uint64_t kGoShareOfLimit = 90;  // per cent

std::uint64_t go_memory_limit(const Conditions& conditions) {
    return *conditions.memory_limit / 100 * kGoShareOfLimit;
}

}  // namespace

void impose(const Conditions& conditions, Launch& launch) {
    launch.linger = conditions.linger;
    launch.place = conditions.place;
    if (conditions.limit_by == LimitBy::cgroup) {
        launch.memory_limit = conditions.memory_limit;
    } else {
        launch.address_space_limit = conditions.memory_limit;
    }
    if (!conditions.go_gc_off) return;
    set_variable(launch.environment, "GOGC", "off");
    if (conditions.memory_limit) {
        set_variable(launch.environment, "GOMEMLIMIT", fmt::format("{}B", go_memory_limit(conditions)));
    }
}

std::string_view limit_name(const Conditions& conditions) {
    if (!conditions.memory_limit) return {};
    if (conditions.limit_by == LimitBy::rlimit) return "rlimit";
    const bool v2 = conditions.place != nullptr && conditions.place->version() == CgroupVersion::v2;
    return v2 ? "cgroup_v2" : "cgroup_v1";
}

std::string limit_text(const Conditions& conditions) {
    if (!conditions.memory_limit) return {};
    const std::string bytes = bytes_text(static_cast<double>(*conditions.memory_limit));
    if (conditions.limit_by == LimitBy::rlimit) {
        return fmt::format(
            "Limit by rlimit: {} of address space for each process (RLIMIT_AS), not memory of the tree",
            bytes);
    }
    return fmt::format("Memory limit of the tree: {}, no swap ({})", bytes, limit_name(conditions));
}

std::string go_text(const Conditions& conditions) {
    if (!conditions.go_gc_off) return {};
    std::string text = "Go's garbage collector is off (--go-gc off): GOGC=off";
    if (conditions.memory_limit) {
        text +=
            fmt::format(", GOMEMLIMIT={}B, {} % of the limit", go_memory_limit(conditions), kGoShareOfLimit);
    }
    return text;
}

}  // namespace morpharena::tool
