#include "bench/harness/fast_paths.h"

#include <fmt/format.h>

#include "bench/harness/ratio_parts.h"
#include "tools/schedule.h"
#include "tools/statistics.h"
#include "tools/table.h"

namespace morpharena::bench {

using namespace morpharena::tool;

namespace {

std::optional<Ratio> ratio_of(const FastPaths& paths, std::size_t subject, const std::string& name) {
    const auto& base = paths.ns.front().at(name);
    const auto& other = paths.ns[subject].at(name);
    std::vector<Pair> pairs;
    for (std::size_t i = 0; i < base.size() && i < other.size(); ++i) pairs.push_back({base[i], other[i]});
    return paired_median(pairs);
}

}  // namespace

FastPaths run_fast_paths(const std::vector<Subject>& subjects, std::size_t rounds, Programs& programs,
                         const ProgressReport& progress) {
    FastPaths paths;
    paths.ns.resize(subjects.size());
    for (std::size_t round = 0; round < rounds; ++round) {
        for (const std::size_t i : round_order(subjects.size(), round)) {
            progress(round * subjects.size(), rounds * subjects.size(), "fast paths, " + subjects[i].label);
            const auto outcome = programs.fast_paths(environment_of(subjects[i]));
            if (const auto* failure = std::get_if<Failure>(&outcome)) {
                paths.interrupted = failure->interrupted;
                paths.failure = subjects[i].label + ": " + failure->reason;
                return paths;
            }
            const auto& times = std::get<NamedTimes>(outcome);
            if (paths.names.empty()) {
                for (const auto& [name, ns] : times) paths.names.push_back(name);
            }
            for (const auto& [name, ns] : times) paths.ns[i][name].push_back(ns);
        }
    }
    return paths;
}

std::string fast_paths_text(const FastPaths& paths, const std::vector<Subject>& subjects, bool colour) {
    std::vector<Column> columns = {{"call / bytes", Align::left, 32}};
    for (const Subject& subject : subjects) {
        columns.push_back({subject.label, Align::right, 20});
        if (&subject != &subjects.front()) columns.push_back({"ratio"});
    }
    Table table(std::move(columns));
    for (const std::string& name : paths.names) {
        std::vector<Cell> row = {{name}};
        for (std::size_t i = 0; i < subjects.size(); ++i) {
            row.push_back({nanoseconds_text(median(paths.ns[i].at(name)))});
            if (i != 0) add_ratio(row, ratio_of(paths, i, name), false);
        }
        table.add(std::move(row));
    }
    return table.text(colour);
}

std::string fast_paths_json(const FastPaths& paths, const std::vector<Subject>& subjects) {
    Json document = {
        {"schema", "morpharena.fast_paths"}, {"version", 1}, {"unit", "ns an iteration, processor time"}};
    for (const std::string& name : paths.names) {
        for (std::size_t i = 0; i < subjects.size(); ++i) {
            document["calls"][name][subjects[i].label] = {
                {"ns", median(paths.ns[i].at(name))}, {"to_first", json_of_ratio(ratio_of(paths, i, name))}};
        }
    }
    return text_of(document);
}

}  // namespace morpharena::bench
