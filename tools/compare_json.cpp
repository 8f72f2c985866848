#include <map>

#include "tools/compare_report.h"
#include "tools/json_parts.h"
#include "tools/victims.h"

namespace morpharena::tool {
namespace {

constexpr unsigned kSchemaVersion = 1;  // rises when a key changes its meaning or goes away

Json json_of_ratio(const Ratio& ratio) {
    return {{"ratio", ratio.ratio},
            {"low", ratio.low},
            {"high", ratio.high},
            {"pairs", ratio.pairs},
            {"significant", ratio.significant}};
}

Json json_of_programs(const RecordedRun& run) {
    Json programs = Json::array();
    for (const ProgramTotal& total : run.programs) {
        const double utilization =
            total.held == 0 ? 0 : static_cast<double>(total.payload) / static_cast<double>(total.held);
        programs.push_back({{"program", total.program},
                            {"processes", total.processes},
                            {"objects", total.objects},
                            {"bytes_asked", total.payload},
                            {"bytes_held", total.held},
                            {"largest_held", total.largest_held},
                            {"largest_live_peak", total.largest_live_peak},
                            {"largest_peak_rss", total.largest_rss},
                            {"utilization", total.held == 0 ? Json() : Json(utilization)}});
    }
    return programs;
}

Json json_of_allocator(const Comparison& comparison, std::size_t index) {
    const Allocator& allocator = comparison.plan.allocators[index];
    Json json = {{"label", comparison.labels[index]},
                 {"name", allocator.name},
                 {"library", allocator.library.empty() ? Json() : Json(allocator.library)},
                 {"version", allocator.version}};
    std::map<std::string, unsigned> outcomes;
    for (const CompareRun& run : comparison.runs) {
        if (run.allocator == index && run.round != 0) ++outcomes[name_of(run.result.outcome.verdict)];
    }
    json["outcomes"] = outcomes;
    for (const MetricInfo& metric : kMetrics) {
        const auto value = median_of(comparison, index, metric.metric);
        const auto ratio = index == 0 ? std::nullopt : ratio_of(comparison, index, metric);
        const auto to_baseline = ratio_to_baseline(comparison, index, metric);
        json["metrics"][std::string(metric.name)] = {
            {"median", value ? Json(*value) : Json()},
            {"to_first", ratio ? json_of_ratio(*ratio) : Json()},
            {"to_baseline", to_baseline ? json_of_ratio(*to_baseline) : Json()}};
    }
    for (const RecordedRun& run : comparison.recorded) {
        if (run.allocator != index) continue;
        json["recorded_run"] = morpharena::tool::json_of(run.result);
        json["recorded_run"]["programs"] = json_of_programs(run);
        json["recorded_run"]["size_classes"] = json_of(run.size_classes);
        json["recorded_run"]["timeline"] = run.timeline ? json_of(*run.timeline) : Json();
        json["recorded_run"]["outcome"]["victims"] = json_of_victims(run.result.outcome, run.victims);
        json["recorded_run"]["tree"] = run.tree ? morpharena::tool::json_of(*run.tree) : Json();
        json["recorded_run"]["tree_problem"] = run.tree_problem.empty() ? Json() : Json(run.tree_problem);
        json["recorded_run"]["damaged"] = run.damaged;
    }
    const auto timeline = comparison.timelines.find(index);
    json["timeline"] = nullptr;
    if (timeline != comparison.timelines.end()) {
        json["timeline"] = json_of(timeline->second.timeline);
        json["timeline"]["round"] = timeline->second.round;
    }
    return json;
}

}  // namespace

Json compare_document(const Comparison& comparison, const Host& host) {
    const ComparePlan& plan = comparison.plan;
    Json document = document_head("morpharena.compare", kSchemaVersion);
    document.update({{"title", plan.title.empty() ? Json() : Json(plan.title)},
                     {"started", comparison.started},
                     {"command", plan.command},
                     {"parameters", json_of(plan.setting)},
                     {"host", json_of(host)},
                     {"environment", relevant_environment(own_environment())}});
    document.update(json_of(plan.conditions));
    document.update({{"rounds_planned", plan.until ? Json() : Json(plan.rounds)},
                     {"until", plan.until ? Json(*plan.until) : Json()},
                     {"interrupted", comparison.interrupted},
                     {"stop_reason", comparison.stop_reason.empty() ? Json() : Json(comparison.stop_reason)},
                     {"warnings", warnings_of(comparison)},
                     {"method", compare_method()},
                     {"units", metric_units()}});
    const auto& baseline = comparison.baseline;
    document["baseline"] = baseline ? Json{{"file", baseline->file},
                                           {"started", baseline->started},
                                           {"host", baseline->host},
                                           {"same_machine", baseline->same_machine}}
                                    : Json();
    document["allocators"] = Json::array();
    for (std::size_t i = 0; i < comparison.labels.size(); ++i) {
        document["allocators"].push_back(json_of_allocator(comparison, i));
    }
    document["runs"] = Json::array();
    for (const CompareRun& run : comparison.runs) {
        Json json = {{"allocator", comparison.labels[run.allocator]},
                     {"round", run.round},
                     {"warm_up", run.round == 0}};
        json.update(json_of(run.result));
        document["runs"].push_back(std::move(json));
    }
    return document;
}

std::string compare_json(const Comparison& comparison, const Host& host) {
    return text_of(compare_document(comparison, host));
}

}  // namespace morpharena::tool
