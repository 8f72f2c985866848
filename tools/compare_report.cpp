#include "tools/compare_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "tools/printable.h"
#include "tools/size_text.h"
#include "tools/table.h"
#include "tools/victims.h"

namespace morpharena::tool {
namespace {

std::string ratio_text(double ratio) {
    return fmt::format("{:.3f}", ratio);
}

bool anybody_has(const Comparison& comparison, Metric metric) {
    return std::any_of(comparison.runs.begin(), comparison.runs.end(),
                       [&](const CompareRun& run) { return run.result.metrics[metric].has_value(); });
}

void add_rows(Table& table, const Comparison& comparison, const MetricInfo& metric) {
    for (std::size_t i = 0; i < comparison.labels.size(); ++i) {
        const auto value = median_of(comparison, i, metric.metric);
        std::vector<Cell> row = {{i == 0 ? std::string(metric.title) : ""},
                                 {comparison.labels[i]},
                                 {value ? quantity_text(metric.unit, *value) : "-"}};
        const std::vector<Cell> ratio = i == 0 ? std::vector<Cell>{{value ? "1" : "-"}, {""}}
                                               : ratio_cells(ratio_of(comparison, i, metric));
        row.insert(row.end(), ratio.begin(), ratio.end());
        row.push_back({outcomes_text(comparison, i), all_ok(comparison, i) ? Style::plain : Style::bad});
        table.add(std::move(row));
    }
}

std::string metric_table(const Comparison& comparison, bool colour) {
    Table table({{"metric", Align::left},
                 {"allocator", Align::left, 24},
                 {"median"},
                 {"ratio"},
                 {"95 % interval"},
                 {"outcome", Align::left, 36}});
    for (const MetricInfo& metric : kMetrics) {
        if (!metric.in_table || !anybody_has(comparison, metric.metric)) continue;
        if (!table.empty()) table.add_gap();
        add_rows(table, comparison, metric);
    }
    return table.text(colour);
}

std::string outcome_lines(const Comparison& comparison) {
    std::string text;
    for (std::size_t i = 0; i < comparison.labels.size(); ++i) {
        text += fmt::format("{}: {}\n", printable(comparison.labels[i]), outcomes_text(comparison, i));
    }
    return text;
}

// What the reader has to know beside the figures; each said once.
std::string notes(const Comparison& comparison) {
    std::set<std::string> seen;
    std::string text;
    const auto say = [&](const std::string& line) {
        if (seen.insert(line).second) text += line + "\n";
    };
    for (const CompareRun& run : comparison.runs) {
        say(fmt::format("Peak memory: {}.", describe(run.result.peak_source)));
        if (!run.result.instruction_problem.empty()) {
            const bool user = run.result.metrics[Metric::instructions_user].has_value();
            say(fmt::format("No instruction count{}: {}.", user ? " of the kernel's part" : "",
                            run.result.instruction_problem));
        }
        if (run.result.outlived != 0) {
            say("Processes outlived the command and were ended (see --linger).");
        }
    }
    return text;
}

std::string warnings_text(const Comparison& comparison, bool colour) {
    std::string text;
    for (const std::string& warning : warnings_of(comparison)) {
        text += styled(wrapped("Warning: " + warning, 98, 2), Style::bad, colour) + "\n";
    }
    if (!comparison.stop_reason.empty()) {
        text += wrapped("Ended early: " + comparison.stop_reason, 98, 2) + "\n";
    }
    return text;
}

// Each allocator against itself in the earlier document.
std::string baseline_text(const Comparison& comparison, bool colour) {
    Table table({{"metric", Align::left}, {"allocator", Align::left, 24}, {"now / then"}, {"95 % interval"}});
    for (const MetricInfo& metric : kMetrics) {
        if (!metric.in_table) continue;
        for (std::size_t i = 0; i < comparison.labels.size(); ++i) {
            const auto ratio = ratio_to_baseline(comparison, i, metric);
            if (!ratio) continue;
            std::vector<Cell> row = {{std::string(metric.title)}, {comparison.labels[i]}};
            const std::vector<Cell> cells = ratio_cells(ratio);
            row.insert(row.end(), cells.begin(), cells.end());
            table.add(std::move(row));
        }
    }
    const Baseline& baseline = *comparison.baseline;
    const std::string head =
        fmt::format("\nAgainst {}{} (unpaired, Welch's interval):\n", printable(baseline.file),
                    baseline.started.empty() ? "" : ", measured " + printable(baseline.started));
    if (table.empty()) return head + "  no allocator is in both, or too few runs succeeded\n";
    return head + table.text(colour);
}

std::string recorded_text(const Comparison& comparison, const RecordedRun& run, bool colour) {
    constexpr std::size_t kMostPrograms = 12;
    std::string text =
        fmt::format("\n{}, by program, from one extra run with records ({}); its time is not used:\n",
                    fit(printable(comparison.labels[run.allocator]), 24), describe(run.result.outcome));
    if (run.programs.empty()) {
        text +=
            "  no record: no process below the command loads preloaded libraries (statically linked, "
            "set-user-ID)\n";
    } else {
        const std::size_t shown = std::min(run.programs.size(), kMostPrograms);
        text += program_table(std::span(run.programs).first(shown)).text(colour);
        if (shown < run.programs.size()) text += fmt::format("and {} more\n", run.programs.size() - shown);
        text +=
            "* of the largest process; objects and asked are sums\nheld: what an arena keeps until the end; "
            "used: asked / held\n";
    }
    for (const Damage& damage : run.damaged) text += damage + "\n";
    text += victims_text(run.result.outcome, run.result.victim_problem, run.victims);
    if (run.tree) text += "\n" + account_text(*run.tree, colour);
    if (!run.tree_problem.empty()) {
        text +=
            fmt::format("What ran outside our reach was not followed: {}.\n", printable(run.tree_problem));
    }
    return text;
}

}  // namespace

std::vector<Cell> ratio_cells(const std::optional<Ratio>& measured) {
    if (!measured) return {{"-"}, {"-"}};
    const Ratio ratio = *measured;
    const Style style = !ratio.significant ? Style::dim : ratio.ratio < 1 ? Style::good : Style::bad;
    return {{(ratio.significant ? "" : "~ ") + ratio_text(ratio.ratio), style},
            {fmt::format("{} .. {}", ratio_text(ratio.low), ratio_text(ratio.high)), style}};
}

std::string compare_method() {
    return "Each round runs every allocator once, in an order that reverses from round to round (ABBA); one "
           "warm-up "
           "round is thrown away. A ratio is the geometric mean of allocator / first allocator over the "
           "rounds, "
           "paired within each round; its 95 % interval comes from Student's t on the logarithms of these "
           "ratios. "
           "~ marks an interval that holds 1: no difference was shown. Each metric is judged alone: of 20 "
           "metrics "
           "that do not differ, one will look as if it did. With --until the number of rounds depends on the "
           "width "
           "of wall's interval, never on where it lies. Ratios to a baseline are unpaired (Welch).";
}

std::string compare_text(const Comparison& comparison, const Host& host, bool colour) {
    const std::string command = shell_words(comparison.plan.command);
    std::string versions;
    for (std::size_t i = 0; i < comparison.labels.size(); ++i) {
        versions += fmt::format("{}{} {}", i == 0 ? "" : ", ", printable(comparison.labels[i]),
                                printable(comparison.plan.allocators[i].version));
    }
    std::size_t rounds = 0;
    for (const CompareRun& run : comparison.runs) rounds = std::max(rounds, run.round);

    std::string text =
        fmt::format("\n{}\n{}\nAllocators: {}\n", styled(fit(command, 98), Style::heading, colour),
                    describe(host), versions);
    const ComparePlan& plan = comparison.plan;
    for (const std::string& line :
         {describe(plan.setting), limit_text(plan.conditions), go_text(plan.conditions)}) {
        if (!line.empty()) text += line + "\n";
    }
    text += fmt::format("Rounds: {}{}. Ratios are to {}; ~ means that no difference was shown.\n\n", rounds,
                        comparison.interrupted ? " (interrupted)" : "", printable(comparison.labels.front()));
    text += comparison.hopeless ? outcome_lines(comparison) : metric_table(comparison, colour);
    text += "\n" + warnings_text(comparison, colour) + notes(comparison);
    if (comparison.baseline) text += baseline_text(comparison, colour);
    for (const RecordedRun& run : comparison.recorded) text += recorded_text(comparison, run, colour);
    return text;
}

}  // namespace morpharena::tool
