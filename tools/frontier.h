// The smallest memory in which a command still succeeds, under each allocator, found by bisection.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tools/compare.h"

namespace morpharena::tool {

struct FrontierPlan {
    std::vector<std::string> command;
    std::vector<Allocator> allocators;
    Setting setting;
    double tolerance = 0.05;  // the edge's relative error
    Streams streams = Streams::discard;
    Conditions conditions;  // memory_limit: look no higher than this
    Around around;
};

// One run under a limit; without one, or under the plan's own limit, it is the first run, which shows the
// peak.
struct Trial {
    std::optional<std::uint64_t> limit;  // bytes
    bool confirming;                     // repeats a limit that was tried before
    RunResult result;
};

struct Edge {
    std::vector<Trial> trials;  // in the order in which they ran
    // The smallest limit that was confirmed to succeed and the largest at which a run failed;
    // nothing when even the first run failed.
    std::optional<std::uint64_t> survives;
    std::optional<std::uint64_t> fails;
};

// Whether a run with this limit succeeds. Empty: stop, we are interrupted.
using TryLimit = std::function<std::optional<bool>(std::uint64_t limit, bool confirming)>;

// The search itself, which knows nothing of runs: from `high`, where success is likely, down to the edge,
// until survives/fails is at most 1 + tolerance/2, then it confirms either side, and goes on where that
// fails. False when it was stopped; the edge holds what is known then.
bool find_edge(std::uint64_t high, double tolerance, const TryLimit& try_limit, Edge& edge);

struct Frontier {
    FrontierPlan plan;
    std::vector<std::string> labels;
    std::vector<Edge> edges;  // by allocator; fewer when it was interrupted
    std::string started;
    std::string stop_reason;
    bool interrupted = false;
};

Frontier find_frontier(const FrontierPlan& plan, Interrupts& interrupts, const ProgressReport& progress);

// The machines that people buy, in bytes.
inline constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;
inline constexpr std::array kMachines = {4 * kGiB, 8 * kGiB, 16 * kGiB, 32 * kGiB};
// What the kernel, its tables and a small system take of a machine. An assumption, printed with the result.
inline constexpr std::uint64_t kSystemReserve = kGiB / 2;
// The smallest of them on which `bytes` are left beside the reserve; nothing when none is large enough.
std::optional<std::uint64_t> machine_for(std::uint64_t bytes);

}  // namespace morpharena::tool
