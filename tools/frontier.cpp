#include "tools/frontier.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tools/exit_code.h"
#include "tools/size_text.h"
#include "tools/timestamp.h"

namespace morpharena::tool {
namespace {

constexpr std::uint64_t kGrain = 64 << 10;  // limits are whole multiples of it
constexpr std::uint64_t kLeast = 1 << 20;   // nothing dynamic starts below
constexpr int kConfirmations = 2;  // more runs at the limit that survives; one more at that which fails
constexpr int kMostSteps = 60;     // for a command that succeeds or fails by chance

// Near its edge a build does not always die: it may read its own program from disk over and over. A run that
// takes so many times as long as the free one is ended and counts as failed.
constexpr double kMostSlowdown = 10;
constexpr double kLeastTimeLimit = 5;  // seconds, for short commands on a busy machine

std::uint64_t rounded(double bytes) {
    const auto grains = static_cast<std::uint64_t>(std::llround(bytes / static_cast<double>(kGrain)));
    return std::max(grains * kGrain, kLeast);
}

// Bisection with a memory of both sides.
class Search {
  public:
    Search(double step, const TryLimit& try_limit, Edge& edge) : step_(step), try_(try_limit), edge_(edge) {}

    bool run(std::uint64_t high) {
        std::uint64_t limit = rounded(static_cast<double>(high));
        for (int steps = 0; steps < kMostSteps; ++steps) {
            const auto succeeded = try_(limit, false);
            if (!succeeded) return false;
            note(limit, *succeeded);
            if (!is_narrow()) {
                limit = next();
                continue;
            }
            const auto confirmed = confirm();
            if (!confirmed) return false;
            if (*confirmed) return true;
            if (!is_narrow()) limit = next();
        }
        return true;
    }

  private:
    // A limit that has failed once is not believed again, nor is one below it: where success is a matter of
    // chance, the edge is where chance ends.
    void note(std::uint64_t limit, bool succeeded) {
        if (!succeeded) {
            edge_.fails = std::max(edge_.fails.value_or(0), limit);
            if (edge_.survives && *edge_.survives <= *edge_.fails) edge_.survives.reset();
        } else if (!edge_.fails || limit > *edge_.fails) {
            edge_.survives = std::min(edge_.survives.value_or(limit), limit);
        }
    }

    bool is_narrow() const {
        if (!edge_.survives) return false;
        if (!edge_.fails) return *edge_.survives <= kLeast;
        return static_cast<double>(*edge_.survives) <= static_cast<double>(*edge_.fails) * step_ + kGrain;
    }

    std::uint64_t next() const {
        if (!edge_.survives) return rounded(static_cast<double>(*edge_.fails) * kWiden);
        if (!edge_.fails) return rounded(static_cast<double>(*edge_.survives) / 2);
        return rounded(std::sqrt(static_cast<double>(*edge_.survives) * static_cast<double>(*edge_.fails)));
    }

    // True: both sides hold. False: one does not, and is noted.
    std::optional<bool> confirm() {
        const std::uint64_t survives = *edge_.survives;
        for (int i = 0; i < kConfirmations; ++i) {
            const auto succeeded = try_(survives, true);
            if (!succeeded) return std::nullopt;
            if (!*succeeded) return note(survives, false), false;
        }
        if (!edge_.fails) return true;
        // A failure that does not happen again, twice, had another cause; that is granted once.
        const std::uint64_t fails = *edge_.fails;
        for (int i = 0; i < (forgiven_ ? 1 : 2); ++i) {
            const auto succeeded = try_(fails, true);
            if (!succeeded) return std::nullopt;
            if (!*succeeded) return true;
        }
        if (forgiven_) return true;
        forgiven_ = true;
        edge_.fails.reset();
        edge_.survives = fails;
        return false;
    }

    static constexpr double kWiden = 1.1;
    double step_;
    bool forgiven_ = false;
    const TryLimit& try_;
    Edge& edge_;
};

class Session {
  public:
    Session(const FrontierPlan& plan, Interrupts& interrupts, const ProgressReport& progress)
        : interrupts_(interrupts), progress_(progress) {
        frontier_.plan = plan;
        frontier_.labels = labels_of(plan.allocators);
        frontier_.started = utc_now();
    }

    Frontier run() {
        try {
            for (std::size_t i = 0; i < frontier_.plan.allocators.size() && find(i); ++i) {
            }
        } catch (const BadInput& error) {
            if (done_ <= 1) throw;  // nothing could be run at all
            frontier_.stop_reason = error.what();
        }
        return std::move(frontier_);
    }

  private:
    bool find(std::size_t allocator) {
        frontier_.edges.emplace_back();
        Edge& edge = frontier_.edges.back();
        time_limit_.reset();
        const auto first = run_once(allocator, frontier_.plan.conditions.memory_limit, false, edge);
        if (!first) return false;
        if (!*first) return true;  // not even with all of it; the others may
        const Metrics& metrics = edge.trials.back().result.metrics;
        const double wall = std::max(*metrics[Metric::wall] * kMostSlowdown, kLeastTimeLimit);
        time_limit_ = std::chrono::milliseconds(std::llround(wall * 1000));
        const auto high = static_cast<std::uint64_t>(metrics[Metric::peak_memory].value_or(kGiB));
        const TryLimit try_limit = [&](std::uint64_t limit, bool confirming) {
            return run_once(allocator, limit, confirming, edge);
        };
        return find_edge(high, frontier_.plan.tolerance, try_limit, edge);
    }

    std::optional<bool> run_once(std::size_t allocator, std::optional<std::uint64_t> limit, bool confirming,
                                 Edge& edge) {
        const FrontierPlan& plan = frontier_.plan;
        const std::string at = limit ? bytes_text(static_cast<double>(*limit)) : "no limit";
        if (progress_) progress_(done_, 0, fmt::format("{}, {}", frontier_.labels[allocator], at));
        ++done_;
        Launch launch;
        launch.command = plan.command;
        launch.environment = own_environment();
        apply(plan.allocators[allocator], launch.environment);
        launch.streams = plan.streams;
        Conditions conditions = plan.conditions;
        conditions.memory_limit = limit;
        impose(conditions, launch);
        launch.time_limit = time_limit_;
        RunResult result = measured_run(launch, plan.around, interrupts_);
        frontier_.interrupted = interrupts_.requested() || result.outcome.verdict == Verdict::interrupted;
        if (frontier_.interrupted) return std::nullopt;
        edge.trials.push_back({limit, confirming, std::move(result)});
        return edge.trials.back().result.outcome.ok();
    }

    Interrupts& interrupts_;
    const ProgressReport& progress_;
    Frontier frontier_;
    std::optional<std::chrono::milliseconds> time_limit_;
    std::size_t done_ = 0;
};

}  // namespace

bool find_edge(std::uint64_t high, double tolerance, const TryLimit& try_limit, Edge& edge) {
    return Search(1 + tolerance / 2, try_limit, edge).run(high);
}

Frontier find_frontier(const FrontierPlan& plan, Interrupts& interrupts, const ProgressReport& progress) {
    return Session(plan, interrupts, progress).run();
}

std::optional<std::uint64_t> machine_for(std::uint64_t bytes) {
    for (const std::uint64_t machine : kMachines) {
        if (bytes + kSystemReserve <= machine) return machine;
    }
    return std::nullopt;
}

}  // namespace morpharena::tool
