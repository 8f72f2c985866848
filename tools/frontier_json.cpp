#include "tools/frontier_report.h"

namespace morpharena::tool {
namespace {

constexpr unsigned kSchemaVersion = 1;

Json or_null(const std::optional<std::uint64_t>& value) {
    return value ? Json(*value) : Json();
}

Json json_of_edge(const Frontier& frontier, std::size_t index) {
    const Allocator& allocator = frontier.plan.allocators[index];
    const Edge& edge = frontier.edges[index];
    Json json = {{"label", frontier.labels[index]},
                 {"name", allocator.name},
                 {"library", allocator.library.empty() ? Json() : Json(allocator.library)},
                 {"version", allocator.version},
                 {"survives", or_null(edge.survives)},
                 {"fails", or_null(edge.fails)},
                 {"machine", edge.survives ? or_null(machine_for(*edge.survives)) : Json()},
                 {"runs", Json::array()}};
    for (const Trial& trial : edge.trials) {
        Json run = {{"limit", or_null(trial.limit)}, {"confirming", trial.confirming}};
        run.update(json_of(trial.result));
        json["runs"].push_back(std::move(run));
    }
    return json;
}

Json json_of_fit(const ScaleFit& scale) {
    const auto number = [](const std::optional<double>& value) { return value ? Json(*value) : Json(); };
    Json json = {
        {"label", scale.label},      {"parameter", scale.parameter}, {"intercept", scale.fit.intercept},
        {"slope", scale.fit.slope},  {"r2", scale.fit.r2},           {"points", Json::array()},
        {"exceeds_8_gib_at", Json()}};
    for (const auto& [size, bytes] : scale.points)
        json["points"].push_back({{"size", size}, {"survives", bytes}});
    if (scale.eight_gib) {
        json["exceeds_8_gib_at"] = {{"at", scale.eight_gib->at},
                                    {"low", number(scale.eight_gib->low)},
                                    {"high", number(scale.eight_gib->high)}};
    }
    return json;
}

}  // namespace

Json frontier_document(const std::vector<Frontier>& frontiers, const std::string& title, const Host& host) {
    Json document = document_head("morpharena.frontier", kSchemaVersion);
    document.update({{"title", title.empty() ? Json() : Json(title)},
                     {"started", frontiers.empty() ? "" : frontiers.front().started},
                     {"host", json_of(host)},
                     {"environment", relevant_environment(own_environment())},
                     {"system_reserve", kSystemReserve},
                     {"units", metric_units()}});
    document["points"] = Json::array();
    for (const Frontier& frontier : frontiers) {
        Json point = {{"command", frontier.plan.command},
                      {"parameters", json_of(frontier.plan.setting)},
                      {"tolerance", frontier.plan.tolerance},
                      {"interrupted", frontier.interrupted},
                      {"stop_reason", frontier.stop_reason.empty() ? Json() : Json(frontier.stop_reason)}};
        point.update(json_of(frontier.plan.conditions));
        point["allocators"] = Json::array();
        for (std::size_t i = 0; i < frontier.edges.size(); ++i) {
            point["allocators"].push_back(json_of_edge(frontier, i));
        }
        document["points"].push_back(std::move(point));
    }
    document["fits"] = Json::array();
    for (const ScaleFit& scale : fits_of(frontiers)) document["fits"].push_back(json_of_fit(scale));
    return document;
}

}  // namespace morpharena::tool
