// What is worked out of a comparison's runs.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "tools/compare.h"
#include "tools/exit_code.h"

namespace morpharena::tool {
namespace {

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

std::optional<Ratio> ratio_of(const Comparison& comparison, std::size_t allocator, const MetricInfo& metric) {
    std::vector<Pair> pairs;
    for (const CompareRun& run : comparison.runs) {
        if (!is_timed(run) || run.allocator != allocator || !run.result.outcome.measured()) continue;
        const auto base =
            std::find_if(comparison.runs.begin(), comparison.runs.end(), [&](const CompareRun& other) {
                return other.round == run.round && other.allocator == 0 && other.result.outcome.measured();
            });
        if (base == comparison.runs.end()) continue;
        const auto& base_value = base->result.metrics[metric.metric];
        const auto& value = run.result.metrics[metric.metric];
        if (base_value && value) pairs.push_back({*base_value, *value});
    }
    return paired_ratio(pairs, metric.floor);
}

std::optional<Ratio> ratio_to_baseline(const Comparison& comparison, std::size_t allocator,
                                       const MetricInfo& metric) {
    if (!comparison.baseline) return std::nullopt;
    const auto old_runs = comparison.baseline->runs.find(comparison.labels[allocator]);
    if (old_runs == comparison.baseline->runs.end()) return std::nullopt;
    std::vector<double> before;
    for (const Metrics& run : old_runs->second) {
        if (const auto& value = run[metric.metric]) before.push_back(*value);
    }
    return unpaired_ratio(before, values_of(comparison, allocator, metric.metric), metric.floor);
}

std::vector<double> values_of(const Comparison& comparison, std::size_t allocator, Metric metric) {
    std::vector<double> values;
    for (const CompareRun& run : comparison.runs) {
        if (!is_timed(run) || run.allocator != allocator || !run.result.outcome.measured()) continue;
        if (const auto& value = run.result.metrics[metric]) values.push_back(*value);
    }
    return values;
}

std::optional<double> median_of(const Comparison& comparison, std::size_t allocator, Metric metric) {
    std::vector<double> values = values_of(comparison, allocator, metric);
    return values.empty() ? std::nullopt : std::optional(median(std::move(values)));
}

std::string outcomes_text(const Comparison& comparison, std::size_t allocator) {
    std::vector<Outcome> outcomes;
    for (const CompareRun* run : telling_runs(comparison, allocator)) outcomes.push_back(run->result.outcome);
    return describe(outcomes);
}

bool all_ok(const Comparison& comparison, std::size_t allocator) {
    const auto runs = telling_runs(comparison, allocator);
    return !runs.empty() && std::all_of(runs.begin(), runs.end(),
                                        [](const CompareRun* run) { return run->result.outcome.ok(); });
}

int exit_code_for(const Comparison& comparison) {
    if (comparison.interrupted) return kInterrupted;
    if (!comparison.stop_reason.empty()) return kBadInput;
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
