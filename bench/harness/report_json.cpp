#include "bench/harness/ratio_parts.h"
#include "bench/harness/report.h"
#include "tools/json_parts.h"

namespace morpharena::bench {

using namespace morpharena::tool;

namespace {

constexpr unsigned kSchemaVersion = 1;  // rises when a key changes its meaning or goes away

struct Key {
    const char* name;
    Field field;
};
constexpr Key kKeys[] = {
    {"ns", &Sample::ns},       {"cpu_ns", &Sample::cpu_ns},         {"faults", &Sample::faults},
    {"peak", &Sample::peak},   {"grown", &Sample::grown},           {"objects", &Sample::objects},
    {"bytes", &Sample::bytes}, {"huge_share", &Sample::huge_share}, {"live_peak", &Sample::live_peak}};

Json json_of(const Series& series) {
    Json json = {{"failure", series.failure.empty() ? Json() : Json(series.failure)}};
    for (const Key& key : kKeys) {
        const auto value = median_of(series, key.field);
        json[key.name] = value ? Json(*value) : Json();
    }
    json["rounds"] = Json::array();
    for (const auto& sample : series.samples) json["rounds"].push_back(sample ? Json(sample->ns) : Json());
    return json;
}

Json json_of(const Study& study, const CaseResult& result) {
    const Case& which = result.which;
    std::string way;
    const Series* limit = best_limit(result, study.plan.time, &way);
    Json json = {{"workload", which.workload}, {"warm", which.warm},       {"count", which.count},
                 {"size", which.size},         {"threads", which.threads}, {"touch", which.touch}};
    json["allocators"] = Json::array();
    for (std::size_t i = 0; i < result.series.size(); ++i) {
        const Series& series = result.series[i];
        Json& subject = json["allocators"].emplace_back();
        subject = {{"label", study.plan.subjects[i].label}};
        subject.update(json_of(series));
        for (const Key& key :
             {Key{"ns", &Sample::ns}, Key{"cpu_ns", &Sample::cpu_ns}, Key{"peak", &Sample::peak}}) {
            subject["to_first"][key.name] = json_of_ratio(ratio_of(result.series.front(), series, key.field));
            if (study.plan.versus) {
                subject["to_versus"][key.name] =
                    json_of_ratio(ratio_of(result.series[*study.plan.versus], series, key.field));
            }
        }
        if (limit == nullptr) continue;
        for (const Key& key : {Key{"ns", &Sample::ns}, Key{"cpu_ns", &Sample::cpu_ns}}) {
            subject["to_limit"][key.name] = json_of_ratio(ratio_of(*limit, series, key.field));
        }
    }
    json["limit"] = limit == nullptr ? Json() : Json(way);
    for (const auto& [name, series] : result.limit) json["first_touch"][name] = json_of(series);
    return json;
}

}  // namespace

std::string study_json(const Study& study, const std::vector<std::optional<PagesSeen>>& pages,
                       const Host& host) {
    Json document = {
        {"schema", "morpharena.bench"},
        {"version", kSchemaVersion},
        {"host", tool::json_of(host)},
        {"environment", relevant_environment(own_environment())},
        {"rounds_planned", study.plan.rounds},
        {"warm_rounds", study.plan.warm_rounds},
        {"interrupted", study.interrupted},
        {"versus", study.plan.versus ? Json(study.plan.subjects[*study.plan.versus].label) : Json()},
        {"method", study_method()}};
    for (std::size_t i = 0; i < study.plan.subjects.size(); ++i) {
        const Subject& subject = study.plan.subjects[i];
        const std::optional<PagesSeen>& seen = pages.at(i);
        document["allocators"].push_back({{"label", subject.label},
                                          {"name", subject.allocator.name},
                                          {"library", subject.allocator.library},
                                          {"version", subject.allocator.version},
                                          {"variables", subject.variables},
                                          {"huge_share", seen ? Json(seen->huge_share) : Json()},
                                          {"faults_per_mib", seen ? Json(seen->faults_per_mib) : Json()}});
    }
    document["cases"] = Json::array();
    for (const CaseResult& result : study.results) document["cases"].push_back(json_of(study, result));
    return text_of(document);
}

}  // namespace morpharena::bench
