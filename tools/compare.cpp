#include "tools/compare.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/exit_code.h"
#include "tools/run_directory.h"
#include "tools/schedule.h"
#include "tools/tree_sampler.h"

namespace morpharena::tool {
namespace {

std::vector<std::string> labels_of(const std::vector<Allocator>& allocators) {
    std::vector<std::string> labels;
    for (const Allocator& allocator : allocators) {
        // Of a path, the file's name tells enough.
        const std::string name = std::filesystem::path(allocator.name).filename();
        std::string label = name;
        for (int copy = 2; std::find(labels.begin(), labels.end(), label) != labels.end(); ++copy) {
            label = fmt::format("{}#{}", name, copy);
        }
        labels.push_back(std::move(label));
    }
    return labels;
}

Launch launch_of(const ComparePlan& plan, const Allocator& allocator) {
    Launch launch;
    launch.command = plan.command;
    launch.environment = own_environment();
    apply(allocator, launch.environment);
    launch.streams = plan.streams;
    launch.linger = plan.linger;
    launch.place = plan.place;
    launch.memory_limit = plan.memory_limit;
    return launch;
}

class Session {
  public:
    Session(const ComparePlan& plan, Interrupts& interrupts, const ProgressReport& progress)
        : interrupts_(interrupts), progress_(progress) {
        comparison_.plan = plan;
        comparison_.labels = labels_of(plan.allocators);
        const auto ours = std::count_if(plan.allocators.begin(), plan.allocators.end(), is_ours);
        total_ = plan.allocators.size() * (plan.rounds + 1) + static_cast<std::size_t>(ours);
    }

    Comparison run() {
        for (std::size_t round = 0; round <= comparison_.plan.rounds; ++round) {
            if (!run_round(round)) return std::move(comparison_);
            if (round == 0 && nobody_survived()) {
                comparison_.hopeless = true;
                return std::move(comparison_);
            }
        }
        for (std::size_t i = 0; i < comparison_.plan.allocators.size(); ++i) {
            if (is_ours(comparison_.plan.allocators[i]) && !run_recorded(i)) break;
        }
        return std::move(comparison_);
    }

  private:
    static bool is_ours(const Allocator& allocator) { return allocator.kind == AllocatorKind::ours; }

    bool nobody_survived() const {
        return std::none_of(comparison_.runs.begin(), comparison_.runs.end(),
                            [](const CompareRun& run) { return run.result.outcome.ok(); });
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
            if (comparison_.plan.timelines && round <= 1) launched.sampler = &sampler.emplace("");
            RunResult result = launch(launched, interrupts_);
            if (stopped(result)) return false;
            if (sampler) comparison_.timelines.insert_or_assign(i, TreeTimeline{round, sampler->finish()});
            comparison_.runs.push_back({i, round, std::move(result)});
        }
        return true;
    }

    bool run_recorded(std::size_t i) {
        announce(fmt::format("counting, {}", comparison_.labels[i]));
        const RunDirectory directory = RunDirectory::temporary();
        Launch launched = launch_of(comparison_.plan, comparison_.plan.allocators[i]);
        set_variable(launched.environment, "MORPHARENA_RUN_DIR", directory.path().string());
        std::optional<TreeSampler> sampler;
        if (comparison_.plan.timelines) launched.sampler = &sampler.emplace(directory.path());
        RunResult result = launch(launched, interrupts_);
        if (stopped(result)) return false;
        Records records = directory.new_records();
        RecordedRun recorded{i, std::move(result), by_program(records.processes), std::move(records.damaged),
                             size_classes_of(records.processes)};
        if (sampler) recorded.timeline = sampler->finish();
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
    std::size_t total_ = 0;
    std::size_t done_ = 0;
};

bool is_timed(const CompareRun& run) {
    return run.round != 0;
}

// The timed runs of an allocator, or, when there is none, its warm-up.
std::vector<const CompareRun*> telling_runs(const Comparison& comparison, std::size_t allocator) {
    std::vector<const CompareRun*> all, timed;
    for (const CompareRun& run : comparison.runs) {
        if (run.allocator != allocator) continue;
        all.push_back(&run);
        if (is_timed(run)) timed.push_back(&run);
    }
    return timed.empty() ? all : timed;
}

}  // namespace

Comparison compare(const ComparePlan& plan, Interrupts& interrupts, const ProgressReport& progress) {
    return Session(plan, interrupts, progress).run();
}

std::optional<Ratio> ratio_of(const Comparison& comparison, std::size_t allocator, const MetricInfo& metric) {
    std::vector<Pair> pairs;
    for (const CompareRun& run : comparison.runs) {
        if (!is_timed(run) || run.allocator != allocator || !run.result.outcome.ok()) continue;
        const auto base =
            std::find_if(comparison.runs.begin(), comparison.runs.end(), [&](const CompareRun& other) {
                return other.round == run.round && other.allocator == 0 && other.result.outcome.ok();
            });
        if (base == comparison.runs.end()) continue;
        const auto& base_value = base->result.metrics[metric.metric];
        const auto& value = run.result.metrics[metric.metric];
        if (base_value && value) pairs.push_back({*base_value, *value});
    }
    return paired_ratio(pairs, metric.floor);
}

std::optional<double> median_of(const Comparison& comparison, std::size_t allocator, Metric metric) {
    std::vector<double> values;
    for (const CompareRun& run : comparison.runs) {
        if (!is_timed(run) || run.allocator != allocator || !run.result.outcome.ok()) continue;
        if (const auto& value = run.result.metrics[metric]) values.push_back(*value);
    }
    return values.empty() ? std::nullopt : std::optional(median(std::move(values)));
}

std::string outcomes_text(const Comparison& comparison, std::size_t allocator) {
    std::vector<std::pair<std::string, int>> counts;
    const auto runs = telling_runs(comparison, allocator);
    for (const CompareRun* run : runs) {
        const std::string text = describe(run->result.outcome);
        const auto found =
            std::find_if(counts.begin(), counts.end(), [&](const auto& c) { return c.first == text; });
        if (found == counts.end()) {
            counts.emplace_back(text, 1);
        } else {
            ++found->second;
        }
    }
    if (counts.empty()) return "not run";
    if (counts.size() == 1) return counts.front().first;
    std::string all;
    for (const auto& [text, count] : counts)
        all += fmt::format("{}{} {}", all.empty() ? "" : ", ", count, text);
    return all;
}

bool all_ok(const Comparison& comparison, std::size_t allocator) {
    const auto runs = telling_runs(comparison, allocator);
    return !runs.empty() && std::all_of(runs.begin(), runs.end(),
                                        [](const CompareRun* run) { return run->result.outcome.ok(); });
}

int exit_code_for(const Comparison& comparison) {
    if (comparison.interrupted) return kInterrupted;
    int worst = kOk;
    const auto look_at = [&](const Outcome& outcome) {
        const int code = exit_code_for(outcome);
        if (code == kOutOfMemory || worst == kOk) worst = code;
    };
    for (const CompareRun& run : comparison.runs) look_at(run.result.outcome);
    for (const RecordedRun& run : comparison.recorded) look_at(run.result.outcome);
    return worst;
}

}  // namespace morpharena::tool
