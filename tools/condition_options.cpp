#include "tools/condition_options.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>

#include "tools/exit_code.h"
#include "tools/printable.h"
#include "tools/scope.h"
#include "tools/size_text.h"

namespace morpharena::tool {

void add_condition_options(CLI::App& sub, ConditionOptions& options, bool with_memory) {
    if (with_memory) {
        sub.add_option("--memory", options.memory,
                       "memory limit of the tree, no swap, such as 8G (a memory cgroup)");
        sub.add_option(
            "--limit-by", options.limit_by,
            "cgroup (default), or rlimit: then --memory limits each process's address space, which is "
            "another thing, breaks Go, and cannot tell an OOM from another failure");
    }
    sub.add_option(
        "--go-gc", options.go_gc,
        "off: Go's garbage collector off in Go programs (GOGC=off, GOMEMLIMIT from the limit), the "
        "arena's experiment by Go's own knob (default on)");
    sub.add_option("--linger", options.linger,
                   "seconds for which processes may outlive the command before they are ended (default 5)");
}

std::chrono::milliseconds parse_seconds(const char* option, const std::string& text) {
    char* end = nullptr;
    const double seconds = std::strtod(text.c_str(), &end);
    const bool whole = end != text.c_str() && (*end == '\0' || std::string_view(end) == "s");
    if (!whole || !(seconds >= 0) || seconds > 1e6) {
        throw BadInput(fmt::format("{} {}: right is a number of seconds, such as 5, 0.5 or 10s", option,
                                   printable(text)));
    }
    return std::chrono::milliseconds(std::llround(seconds * 1000));
}

std::uint64_t parse_bytes(const char* option, const std::string& text) {
    constexpr std::uint64_t kLeast = 1 << 20;  // below it no dynamic program starts
    const auto bytes = parse_size(text);
    if (!bytes || *bytes < kLeast || *bytes > static_cast<std::uint64_t>(INT64_MAX)) {
        throw BadInput(fmt::format("{} {}: right is a size of at least 1M, such as 512M or 8G", option,
                                   printable(text)));
    }
    return *bytes;
}

Conditions parse_conditions(const ConditionOptions& options) {
    Conditions conditions;
    if (!options.memory.empty()) conditions.memory_limit = parse_bytes("--memory", options.memory);
    if (options.limit_by == "rlimit") {
        conditions.limit_by = LimitBy::rlimit;
        if (!conditions.memory_limit) throw BadInput("--limit-by rlimit: needs --memory with the size");
    } else if (options.limit_by != "cgroup") {
        throw BadInput(fmt::format("--limit-by {}: right is cgroup or rlimit", printable(options.limit_by)));
    }
    if (options.go_gc != "on" && options.go_gc != "off") {
        throw BadInput(fmt::format("--go-gc {}: right is on or off", printable(options.go_gc)));
    }
    conditions.go_gc_off = options.go_gc == "off";
    conditions.linger = parse_seconds("--linger", options.linger);
    return conditions;
}

bool needs_place(const Conditions& conditions) {
    return conditions.memory_limit.has_value() && conditions.limit_by == LimitBy::cgroup;
}

std::optional<CgroupPlace> find_place(bool needed, Interrupts& interrupts) {
    std::string reason;
    auto place = CgroupPlace::find(reason);
    if (!place && needed) {
        const std::string no_scope = start_anew_in_scope(interrupts);  // does not return where it works
        throw BadInput(
            fmt::format("--memory: no memory cgroup can be had: {}; {}; --limit-by rlimit would limit each "
                        "process's address "
                        "space instead",
                        printable(reason), printable(no_scope)));
    }
    return place;
}

}  // namespace morpharena::tool
