#include "tools/merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "tools/exit_code.h"
#include "tools/input_file.h"
#include "tools/json_place.h"
#include "tools/metrics.h"
#include "tools/printable.h"

namespace morpharena::tool {
namespace {

bool counts(const Json& run) {
    const std::string verdict = run.at("outcome").at("verdict").get<std::string>();
    return !run.at("warm_up").get<bool>() && (verdict == "ok" || verdict == "output_differs");
}

// The title, and the parameters' values behind it, as another size is another thing.
std::string title_in(const Json& document, const Json& command, const Json& parameters) {
    std::string title;
    if (document.value("title", Json()).is_string()) {
        title = document["title"].get<std::string>();
    } else {
        for (const Json& word : command) title += (title.empty() ? "" : " ") + word.get<std::string>();
    }
    for (const auto& [name, value] : parameters.items()) {
        title += fmt::format(", {}={}", name, value.get<std::string>());
    }
    return title;
}

// round -> value, of one allocator
std::map<std::uint64_t, double> values(const Json& runs, const std::string& label,
                                       const std::string& metric) {
    std::map<std::uint64_t, double> found;
    for (const Json& run : runs) {
        if (run.at("allocator") != label || !counts(run)) continue;
        const Json& value = run.at("metrics").value(metric, Json());
        const auto round = JsonPlace(run, "run").count("round");  // Json itself makes a count of -2.42
        if (round && value.is_number() && value.get<double>() > 0) found[*round] = value.get<double>();
    }
    return found;
}

}  // namespace

void Merger::add_file(const std::string& path) {
    std::string problem;
    std::istringstream file(read_input(path, problem));
    if (!problem.empty()) {
        throw BadInput(
            fmt::format("{}: {}; right is a file that --jsonl appended to", printable(path), problem));
    }
    std::size_t number = 0;
    bool empty = true;
    for (std::string line; std::getline(file, line);) {
        ++number;
        if (line.empty()) continue;
        add_line(line, fmt::format("{}:{}", printable(path), number));
        empty = false;
    }
    if (empty) {  // its campaign ended before it had a result: nobody shall miss it unknowingly
        merged_.damage.push_back(printable(path) + ": empty; right is a file that --jsonl appended to");
    }
}

void Merger::add_line(const std::string& text, const std::string& where) {
    Json document;
    try {
        document = parse_json(text, where);
    } catch (const BadInput& error) {
        merged_.damage.push_back(error.what());
        return;
    }
    if (!document.is_object() || !document.value("schema", Json()).is_string()) {
        merged_.damage.push_back(where + ": not a whole JSON object with a schema");
        return;
    }
    const std::string schema = document["schema"];
    const Merged before = merged_;
    try {
        const std::string id = document.value("id", "");
        if (!id.empty() && !seen_.insert(id).second) {
            ++merged_.repeated;
            return;
        }
        if (schema == "morpharena.compare") {
            add_compare(document);
        } else if (schema == "morpharena.frontier") {
            add_frontier(document);
        } else if (schema.starts_with("morpharena.")) {
            ++merged_.other;
        } else {
            merged_.damage.push_back(fmt::format("{}: schema '{}' is not ours", where, printable(schema)));
        }
    } catch (const std::exception& error) {  // of Json, or BadInput
        merged_ = before;                    // nothing of a line that is not as it must be
        merged_.damage.push_back(fmt::format("{}: {}", where, printable(error.what())));
    }
}

MergedTitle& Merger::title_of(const std::string& title, const std::string& base) {
    for (MergedTitle& known : merged_.titles) {
        if (known.title == title && known.base == base) return known;
    }
    merged_.titles.push_back({title, base, {}, {base}, {}});
    return merged_.titles.back();
}

void Merger::add_compare(const Json& document) {
    const Json& allocators = document.at("allocators");
    const std::string base = allocators.at(0).at("label");
    const std::string host = document.at("host").value("name", "?");
    MergedTitle& title = title_of(
        title_in(document, document.at("command"), document.value("parameters", Json::object())), base);
    title.hosts.insert(host);
    merged_.hosts.insert(host);
    ++merged_.lines;
    const Json& runs = document.at("runs");
    for (const Json& allocator : allocators) {
        const std::string label = allocator.at("label");
        if (std::find(title.labels.begin(), title.labels.end(), label) == title.labels.end()) {
            title.labels.push_back(label);
        }
        MergedCell& cell = title.cells[label];
        for (const Json& run : runs) {
            if (run.at("allocator") != label || run.at("warm_up").get<bool>()) continue;
            ++cell.outcomes[run.at("outcome").at("verdict").get<std::string>()];
        }
        if (label == base) continue;
        for (const MetricInfo& metric : kMetrics) {
            const std::string name(metric.name);
            const auto base_values = values(runs, base, name);
            Session session{host, {}};
            for (const auto& [round, value] : values(runs, label, name)) {
                const auto partner = base_values.find(round);
                if (partner != base_values.end()) session.logs.push_back(std::log(value / partner->second));
            }
            if (!session.logs.empty()) cell.by_metric[name].push_back(std::move(session));
        }
    }
}

void Merger::add_frontier(const Json& document) {
    const std::string host = document.at("host").value("name", "?");
    for (const Json& point : document.at("points")) {
        const std::string title = title_in(document, point.at("command"), point.at("parameters"));
        for (const Json& allocator : point.at("allocators")) {
            const Json& survives = allocator.at("survives");
            MergedEdge edge{title, host, allocator.at("label"), std::nullopt};
            if (survives.is_number_unsigned()) edge.survives = survives.get<std::uint64_t>();
            merged_.edges.push_back(std::move(edge));
        }
    }
    merged_.hosts.insert(host);
    ++merged_.lines;
}

std::optional<Ratio> ratio_within(const std::vector<Session>& sessions) {
    double sum = 0, squares = 0;
    std::size_t pairs = 0;
    std::size_t freedom = 0;
    for (const Session& session : sessions) {
        double mean = 0;
        for (const double value : session.logs) mean += value / static_cast<double>(session.logs.size());
        for (const double value : session.logs) squares += (value - mean) * (value - mean);
        sum += mean * static_cast<double>(session.logs.size());
        pairs += session.logs.size();
        freedom += session.logs.empty() ? 0 : session.logs.size() - 1;
    }
    if (freedom == 0) return std::nullopt;
    const double variance = squares / static_cast<double>(freedom);
    return ratio_of_mean(sum / static_cast<double>(pairs), std::sqrt(variance / static_cast<double>(pairs)),
                         static_cast<double>(freedom), pairs);
}

std::optional<Ratio> ratio_over(const std::vector<double>& logs) {
    std::vector<Pair> pairs;
    for (const double log : logs) pairs.push_back({1, std::exp(log)});
    return paired_ratio(pairs);
}

}  // namespace morpharena::tool
