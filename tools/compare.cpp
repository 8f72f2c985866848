#include "tools/compare.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/exit_code.h"
#include "tools/run_directory.h"
#include "tools/schedule.h"
#include "tools/timestamp.h"
#include "tools/tree_sampler.h"
#include "tools/victims.h"

namespace morpharena::tool {
namespace {

Launch launch_of(const ComparePlan& plan, const Allocator& allocator) {
    Launch launch;
    launch.command = plan.command;
    launch.environment = own_environment();
    apply(allocator, launch.environment);
    launch.streams = plan.streams;
    impose(plan.conditions, launch);
    return launch;
}

class Session {
  public:
    Session(const ComparePlan& plan, Interrupts& interrupts, const ProgressReport& progress)
        : interrupts_(interrupts), progress_(progress) {
        comparison_.plan = plan;
        comparison_.labels = labels_of(plan.allocators);
        comparison_.started = utc_now();
        const auto ours = std::count_if(plan.allocators.begin(), plan.allocators.end(), is_ours);
        if (!plan.until) total_ = plan.allocators.size() * (plan.rounds + 1) + static_cast<std::size_t>(ours);
    }

    Comparison run() {
        try {
            run_all();
        } catch (const BadInput& error) {
            // Nothing has been learnt: the command cannot be run at all. Later it is what ended the rest.
            if (comparison_.runs.empty()) throw;
            comparison_.stop_reason = error.what();
        }
        return std::move(comparison_);
    }

  private:
    static bool is_ours(const Allocator& allocator) { return allocator.kind == AllocatorKind::ours; }

    void run_all() {
        for (std::size_t round = 0; !is_enough(round); ++round) {
            if (!run_round(round)) return;
            if (round == 0 && nobody_survived()) {
                comparison_.hopeless = true;
                return;
            }
        }
        for (std::size_t i = 0; i < comparison_.plan.allocators.size(); ++i) {
            if (is_ours(comparison_.plan.allocators[i]) && !run_recorded(i)) return;
        }
    }

    // Whether `round` need not be run any more.
    bool is_enough(std::size_t round) const {
        const ComparePlan& plan = comparison_.plan;
        if (round == 0) return false;
        const std::size_t done = round - 1;
        if (!plan.until) return done >= plan.rounds;
        constexpr std::size_t kFewest = 2;  // for an interval
        if (done >= kFewest && std::chrono::steady_clock::now() - begin_ >= plan.max_time) return true;
        // As many rounds in the one order as in the other.
        if (done < plan.rounds || done % 2 == 1) return false;
        for (std::size_t i = 1; i < plan.allocators.size(); ++i) {
            const auto ratio = ratio_of(comparison_, i, kMetrics[static_cast<std::size_t>(Metric::wall)]);
            if (ratio && half_width(*ratio) > *plan.until) return false;
        }
        return true;
    }

    bool nobody_survived() const {
        return std::none_of(comparison_.runs.begin(), comparison_.runs.end(),
                            [](const CompareRun& run) { return run.result.outcome.measured(); });
    }

    // False when it was interrupted.
    bool run_round(std::size_t round) {
        for (const std::size_t i : round_order(comparison_.plan.allocators.size(), round)) {
            const std::string when = round == 0 ? "warm-up" : fmt::format("round {}", round);
            announce(fmt::format("{}, {}", when, comparison_.labels[i]));
            Launch launched = launch_of(comparison_.plan, comparison_.plan.allocators[i]);
            // The first timed round is enough for the curve, and in it everybody is looked at alike. Who does
            // not survive the warm-up has a curve of that.
            std::optional<TreeSampler> sampler;
            if (comparison_.plan.timelines && round <= 1) launched.watcher = &sampler.emplace("");
            RunResult result = measured_run(launched, comparison_.plan.around, interrupts_);
            if (stopped(result)) return false;
            if (sampler) comparison_.timelines.insert_or_assign(i, TreeTimeline{round, sampler->finish()});
            judge_output(i, result);
            comparison_.runs.push_back({i, round, std::move(result)});
        }
        return true;
    }

    // The first allocator's first successful run sets what is right.
    void judge_output(std::size_t allocator, RunResult& result) {
        if (!result.outcome.ok() || result.outputs.empty()) return;
        if (expected_.empty() && allocator == 0) expected_ = result.outputs;
        result.outcome.differing = first_difference(expected_, result.outputs);
        if (!result.outcome.differing.empty()) result.outcome.verdict = Verdict::output_differs;
    }

    // False when it was interrupted. The first of ours is followed by ptrace besides; where the command does
    // not bear that, it runs once more without.
    bool run_recorded(std::size_t i) {
        const bool traced = comparison_.recorded.empty();
        if (!run_recorded(i, traced)) return false;
        RecordedRun& run = comparison_.recorded.back();
        const bool worked_before = all_ok(comparison_, i);
        if (!traced || run.result.outcome.ok() || !worked_before) return true;
        const std::string problem =
            fmt::format("the command {} when it was followed by ptrace", describe(run.result.outcome));
        comparison_.recorded.pop_back();
        if (!run_recorded(i, false)) return false;
        comparison_.recorded.back().tree_problem = problem;
        return true;
    }

    bool run_recorded(std::size_t i, bool traced) {
        announce(fmt::format("counting, {}", comparison_.labels[i]));
        const Allocator& allocator = comparison_.plan.allocators[i];
        const RunDirectory directory = RunDirectory::temporary();
        Launch launched = launch_of(comparison_.plan, allocator);
        set_variable(launched.environment, "MORPHARENA_RUN_DIR", directory.path().string());
        std::optional<TreeSampler> sampler;
        if (comparison_.plan.timelines) launched.watcher = &sampler.emplace(directory.path());
        if (traced) launched.trace_preload = allocator.library;
        RunResult result = measured_run(launched, comparison_.plan.around, interrupts_);
        if (stopped(result)) return false;
        judge_output(i, result);
        Records records = directory.new_records();
        RecordedRun recorded{i, std::move(result), by_program(records.processes), std::move(records.damaged)};
        recorded.complaints = complaints_in(records.processes);
        recorded.size_classes = size_classes_of(records.processes);
        if (sampler) recorded.timeline = sampler->finish();
        recorded.victims = victim_records(recorded.result.outcome, records.processes);
        recorded.tree_problem = recorded.result.trace_problem;
        if (traced && recorded.tree_problem.empty()) {
            recorded.tree = account_for(std::move(recorded.result.images), records.processes);
        }
        comparison_.recorded.push_back(std::move(recorded));
        return true;
    }

    void announce(const std::string& what) {
        if (progress_) progress_(done_++, total_, what);
    }

    // A run that was cut short is no measurement and is not kept.
    bool stopped(const RunResult& result) {
        comparison_.interrupted = interrupts_.requested() || result.outcome.verdict == Verdict::interrupted;
        return comparison_.interrupted;
    }

    Interrupts& interrupts_;
    const ProgressReport& progress_;
    Comparison comparison_;
    std::vector<BuiltFile> expected_;
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
    std::size_t total_ = 0;
    std::size_t done_ = 0;
};

}  // namespace

Comparison compare(const ComparePlan& plan, Interrupts& interrupts, const ProgressReport& progress) {
    return Session(plan, interrupts, progress).run();
}

}  // namespace morpharena::tool
