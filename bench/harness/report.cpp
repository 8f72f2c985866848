#include "bench/harness/report.h"

#include <fmt/format.h>

#include "bench/harness/ratio_parts.h"
#include "tools/printable.h"
#include "tools/size_text.h"
#include "tools/table.h"

namespace morpharena::bench {

using namespace morpharena::tool;

namespace {

Cell quantity(const std::optional<double>& value, std::string (*text)(double)) {
    return {value ? text(*value) : "-"};
}

struct Layout {
    const Study& study;
    const CaseResult& result;
    const Series* limit;

    void add_head(std::vector<Column>& columns) const {
        const auto& subjects = study.plan.subjects;
        const std::string first = "to " + fit(subjects[0].label, 12);
        columns = {{"allocator", Align::left, 24}, {"ns/object"}, {"cpu ns"}, {first}, {"95 %"}};
        if (study.plan.versus) {
            columns.push_back({"to " + fit(subjects[*study.plan.versus].label, 12)});
            columns.push_back({"95 %"});
        }
        if (limit != nullptr) columns.push_back({"to limit"});
        columns.insert(columns.end(), {{"peak"}, {first}, {"faults"}});
    }

    void add_row(Table& table, const std::string& name, const Series& series, bool is_limit) const {
        if (!series.failure.empty()) {
            table.add({{name}, {series.failure, Style::bad}});
            return;
        }
        const Field time = study.plan.time;
        const auto compare = [&](const Series& base, Field field) {
            return &base == &series ? std::nullopt : ratio_of(base, series, field);
        };
        std::vector<Cell> row = {{name},
                                 quantity(median_of(series, &Sample::ns), nanoseconds_text),
                                 quantity(median_of(series, &Sample::cpu_ns), nanoseconds_text)};
        add_ratio(row, compare(result.series.front(), time), true);
        if (study.plan.versus) add_ratio(row, compare(result.series[*study.plan.versus], time), true);
        if (limit != nullptr) add_ratio(row, compare(*limit, time), false);
        row.push_back(quantity(median_of(series, &Sample::peak), bytes_text));
        add_ratio(row, is_limit ? std::nullopt : compare(result.series.front(), &Sample::peak), false);
        row.push_back(quantity(median_of(series, &Sample::faults), count_text));
        table.add(std::move(row));
    }
};

// How an arena was brought back between rounds is part of what was measured.
std::string reset_note(const Study& study, const CaseResult& result) {
    std::string reset;
    for (std::size_t i = 0; i < result.series.size(); ++i) {
        for (const auto& sample : result.series[i].samples) {
            if (!sample || !sample->reset) continue;
            reset += (reset.empty() ? "" : ", ") + study.plan.subjects[i].label;
            break;
        }
    }
    if (!result.which.warm) return {};
    return reset.empty()
               ? "Between rounds every object was freed, in arena modes too.\n"
               : fmt::format("Between rounds every object was freed; {}: morpharena_reset instead.\n",
                             printable(reset));
}

}  // namespace

std::string study_method() {
    return "Each round runs every allocator once, in a fresh process, and each way of first touch, in an "
           "order that "
           "reverses from round to round; one warm-up round is thrown away. Figures are medians; a ratio is "
           "the "
           "median over the rounds of allocator / first allocator, paired within each round, with a "
           "distribution-free "
           "interval of at least 95 % (order statistics). ~ marks an interval that holds 1: no difference "
           "was shown. "
           "Below 1 is better. Cold: the first and only round of the process, page faults included. Warm: "
           "the rounds "
           "after a first one. The limit of a cold figure: the payload that was live at once, written to "
           "once a cache "
           "line from end to end, by the best of small and huge pages, faulted one by one or populated at "
           "once.";
}

std::string subjects_text(const Study& study, const std::vector<std::optional<PagesSeen>>& pages,
                          bool colour) {
    Table table({{"allocator", Align::left, 24},
                 {"version", Align::left, 24},
                 {"huge pages"},
                 {"faults/MiB"},
                 {"library", Align::left, 60}});
    for (std::size_t i = 0; i < study.plan.subjects.size(); ++i) {
        const Subject& subject = study.plan.subjects[i];
        const std::optional<PagesSeen>& seen = pages.at(i);
        std::string library = subject.allocator.library;
        for (const auto& [name, value] : subject.variables) library += fmt::format(" {}={}", name, value);
        table.add({{subject.label},
                   {subject.allocator.version},
                   {seen ? percent_text(seen->huge_share) : "-"},
                   {seen ? fmt::format("{:.1f}", seen->faults_per_mib) : "-"},
                   {library}});
    }
    return table.text(colour);
}

std::string case_text(const Study& study, const CaseResult& result, bool colour) {
    std::string way;
    const Layout layout{study, result, best_limit(result, study.plan.time, &way)};
    std::vector<Column> columns;
    layout.add_head(columns);
    Table table(std::move(columns));
    for (std::size_t i = 0; i < result.series.size(); ++i) {
        layout.add_row(table, study.plan.subjects[i].label, result.series[i], false);
    }
    if (layout.limit != nullptr) layout.add_row(table, "limit: " + way, *layout.limit, true);
    return styled(describe(result.which), Style::heading, colour) + "\n" + table.text(colour) +
           reset_note(study, result);
}

}  // namespace morpharena::bench
