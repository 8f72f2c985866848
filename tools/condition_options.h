// The options that say under which conditions a command runs; run, compare, frontier and predict share them.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "tools/conditions.h"

namespace morpharena::tool {

struct ConditionOptions {
    std::string memory;
    std::string limit_by = "cgroup";
    std::string go_gc = "on";
    std::string linger = "5";
};

// `with_memory`: --memory and --limit-by too.
void add_condition_options(CLI::App& sub, ConditionOptions& options, bool with_memory);

// Checked, without a place yet. BadInput names the option and the token.
Conditions parse_conditions(const ConditionOptions& options);

// A place for the runs' cgroups. Where `needed` and none can be had: BadInput with the reason. It may start
// this program anew in a scope of systemd's (see scope.h), so it comes before anything else that would have
// to be undone.
std::optional<CgroupPlace> find_place(bool needed, Interrupts& interrupts);

// Whether the runs need a cgroup for their limit.
bool needs_place(const Conditions& conditions);

std::chrono::milliseconds parse_seconds(const char* option, const std::string& text);
std::uint64_t parse_bytes(const char* option, const std::string& text);  // at least 1M

}  // namespace morpharena::tool
