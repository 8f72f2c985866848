#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tools/compare_report.h"
#include "tools/merge.h"
#include "tools/metrics.h"
#include "tools/printable.h"
#include "tools/size_text.h"
#include "tools/table.h"

namespace morpharena::tool {
namespace {

constexpr std::array kShown = {Metric::wall, Metric::cpu, Metric::instructions, Metric::peak_memory};

std::string outcomes_text(const std::map<std::string, unsigned>& outcomes) {
    if (outcomes.size() == 1 && outcomes.begin()->first == "ok") return "ok";
    std::string text;
    for (const auto& [verdict, count] : outcomes) {
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, verdict);
    }
    return text.empty() ? "-" : text;
}

const std::vector<Session>* sessions_of(const MergedTitle& title, const std::string& label, Metric metric) {
    const auto cell = title.cells.find(label);
    if (cell == title.cells.end()) return nullptr;
    const auto found =
        cell->second.by_metric.find(std::string(kMetrics[static_cast<std::size_t>(metric)].name));
    return found == cell->second.by_metric.end() ? nullptr : &found->second;
}

// The hosts' own ratios, smallest and largest, where there are several.
std::string spread_over_hosts(const std::vector<Session>& sessions) {
    std::map<std::string, std::vector<Session>> by_host;
    for (const Session& session : sessions) by_host[session.host].push_back(session);
    if (by_host.size() < 2) return "";
    double low = INFINITY, high = 0;
    for (const auto& [host, own] : by_host) {
        const auto ratio = ratio_within(own);
        if (!ratio) continue;
        low = std::min(low, ratio->ratio);
        high = std::max(high, ratio->ratio);
    }
    return high == 0 ? "" : fmt::format("{:.3f} .. {:.3f}", low, high);
}

std::string titles_text(const Merged& merged, bool colour) {
    Table table({{"title", Align::left, 30},
                 {"allocator", Align::left, 16},
                 {"hosts"},
                 {"wall"},
                 {"95 % interval"},
                 {"by host"},
                 {"outcome", Align::left, 24}});
    for (const MergedTitle& title : merged.titles) {
        for (const std::string& label : title.labels) {
            const bool base = label == title.base;
            std::vector<Cell> row = {
                {base ? title.title : ""}, {label}, {fmt::format("{}", title.hosts.size())}};
            const std::vector<Session>* sessions = sessions_of(title, label, Metric::wall);
            const std::vector<Cell> cells =
                base ? std::vector<Cell>{{"1"}, {""}}
                     : ratio_cells(sessions ? ratio_within(*sessions) : std::nullopt);
            row.insert(row.end(), cells.begin(), cells.end());
            row.push_back({base || sessions == nullptr ? "" : spread_over_hosts(*sessions)});
            const auto cell = title.cells.find(label);
            const std::string outcome =
                cell == title.cells.end() ? "-" : outcomes_text(cell->second.outcomes);
            row.push_back({outcome, outcome == "ok" ? Style::plain : Style::bad});
            table.add(std::move(row));
        }
    }
    return table.text(colour);
}

struct Overall {
    std::string base;
    std::string label;
    Metric metric;
    std::optional<Ratio> ratio;  // its `pairs` are titles
};

std::vector<Overall> overall(const Merged& merged) {
    std::map<std::pair<std::string, std::string>, bool> pairs;
    for (const MergedTitle& title : merged.titles) {
        for (const std::string& label : title.labels) {
            if (label != title.base) pairs[{title.base, label}] = true;
        }
    }
    std::vector<Overall> all;
    for (const Metric metric : kShown) {
        for (const auto& [names, unused] : pairs) {
            std::vector<double> logs;
            for (const MergedTitle& title : merged.titles) {
                const std::vector<Session>* sessions =
                    title.base == names.first ? sessions_of(title, names.second, metric) : nullptr;
                const auto ratio = sessions ? ratio_within(*sessions) : std::nullopt;
                if (ratio) logs.push_back(std::log(ratio->ratio));
            }
            if (!logs.empty()) all.push_back({names.first, names.second, metric, ratio_over(logs)});
        }
    }
    return all;
}

std::string overall_text(const std::vector<Overall>& all, bool colour) {
    Table table(
        {{"metric", Align::left}, {"allocator", Align::left, 24}, {"titles"}, {"ratio"}, {"95 % interval"}});
    for (const Overall& one : all) {
        std::vector<Cell> row = {{std::string(kMetrics[static_cast<std::size_t>(one.metric)].title)},
                                 {one.label + " / " + one.base},
                                 {one.ratio ? fmt::format("{}", one.ratio->pairs) : "1"}};
        const std::vector<Cell> cells = ratio_cells(one.ratio);
        row.insert(row.end(), cells.begin(), cells.end());
        table.add(std::move(row));
    }
    return table.empty()
               ? ""
               : "\nOver the titles (geometric mean, Student's interval over them):\n" + table.text(colour);
}

std::string edges_text(const Merged& merged, bool colour) {
    if (merged.edges.empty()) return {};
    Table table({{"title", Align::left, 40},
                 {"host", Align::left, 20},
                 {"allocator", Align::left, 16},
                 {"survives in"}});
    for (const MergedEdge& edge : merged.edges) {
        table.add({{edge.title},
                   {edge.host},
                   {edge.label},
                   {edge.survives ? bytes_text(static_cast<double>(*edge.survives)) : "-"}});
    }
    return "\nFrontiers:\n" + table.text(colour);
}

Json json_of_ratio(const std::optional<Ratio>& ratio) {
    if (!ratio) return {};
    return {{"ratio", ratio->ratio},
            {"low", ratio->low},
            {"high", ratio->high},
            {"pairs", ratio->pairs},
            {"significant", ratio->significant}};
}

}  // namespace

std::string merged_text(const Merged& merged, bool colour) {
    std::string text = fmt::format("{} result{} of {} host{}", merged.lines, merged.lines == 1 ? "" : "s",
                                   merged.hosts.size(), merged.hosts.size() == 1 ? "" : "s");
    if (merged.repeated != 0) text += fmt::format("; {} repeated and left out", merged.repeated);
    if (merged.other != 0) text += fmt::format("; {} of another kind left out", merged.other);
    text += ". Pairs are within one result, never across hosts.\n\n";
    if (!merged.titles.empty()) text += titles_text(merged, colour) + overall_text(overall(merged), colour);
    return text + edges_text(merged, colour);
}

Json merged_document(const Merged& merged) {
    Json document = document_head("morpharena.merge", 1);
    document["hosts"] = merged.hosts;
    document["lines"] = merged.lines;
    document["repeated"] = merged.repeated;
    document["damage"] = merged.damage;
    document["titles"] = Json::array();
    for (const MergedTitle& title : merged.titles) {
        Json json = {{"title", title.title},
                     {"base", title.base},
                     {"hosts", title.hosts},
                     {"allocators", Json::array()}};
        for (const std::string& label : title.labels) {
            Json allocator = {{"label", label}};
            const auto cell = title.cells.find(label);
            allocator["outcomes"] = cell == title.cells.end() ? Json::object() : Json(cell->second.outcomes);
            for (const MetricInfo& metric : kMetrics) {
                const std::vector<Session>* sessions = sessions_of(title, label, metric.metric);
                allocator["metrics"][std::string(metric.name)] =
                    json_of_ratio(sessions ? ratio_within(*sessions) : std::nullopt);
            }
            json["allocators"].push_back(std::move(allocator));
        }
        document["titles"].push_back(std::move(json));
    }
    document["overall"] = Json::array();
    for (const Overall& one : overall(merged)) {
        document["overall"].push_back({{"base", one.base},
                                       {"label", one.label},
                                       {"metric", kMetrics[static_cast<std::size_t>(one.metric)].name},
                                       {"to_base", json_of_ratio(one.ratio)}});
    }
    document["frontiers"] = Json::array();
    for (const MergedEdge& edge : merged.edges) {
        document["frontiers"].push_back({{"title", edge.title},
                                         {"host", edge.host},
                                         {"label", edge.label},
                                         {"survives", edge.survives ? Json(*edge.survives) : Json()}});
    }
    return document;
}

}  // namespace morpharena::tool
