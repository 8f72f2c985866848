#include "tools/report_terminal.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/printable.h"
#include "tools/profile_table.h"
#include "tools/size_text.h"
#include "tools/table.h"

namespace morpharena::tool {
namespace {

constexpr std::size_t kMostPrograms = 12;

std::vector<Cell> ratio_cells(const Figure& figure, bool first) {
    if (first) return {{figure.value ? "1" : "-"}, {""}};
    if (!figure.ratio) return {{"-"}, {"-"}};
    const Ratio& ratio = *figure.ratio;
    const Style style = !ratio.significant ? Style::dim : ratio.ratio < 1 ? Style::good : Style::bad;
    return {{fmt::format("{}{:.3f}", ratio.significant ? "" : "~ ", ratio.ratio), style},
            {fmt::format("{:.3f} .. {:.3f}", ratio.low, ratio.high), style}};
}

Table figures(const ReportModel& report) {
    Table table({{"metric", Align::left},
                 {"allocator", Align::left, 24},
                 {report.is_comparison() ? "median" : "value"},
                 {"ratio"},
                 {"95 % interval"},
                 {"outcome", Align::left, 36}});
    for (std::size_t m = 0; m < report.metrics.size(); ++m) {
        if (!report.metrics[m].in_table) continue;
        if (!table.empty() && report.is_comparison()) table.add_gap();
        for (std::size_t i = 0; i < report.allocators.size(); ++i) {
            const ReportAllocator& allocator = report.allocators[i];
            const Figure& figure = allocator.figures[m];
            std::vector<Cell> row = {
                {i == 0 ? report.metrics[m].title : ""},
                {allocator.label},
                {figure.value ? quantity_text(report.metrics[m].unit, *figure.value) : "-"}};
            const auto ratio =
                report.is_comparison() ? ratio_cells(figure, i == 0) : std::vector<Cell>{{""}, {""}};
            row.insert(row.end(), ratio.begin(), ratio.end());
            row.push_back({allocator.outcome, allocator.ok ? Style::plain : Style::bad});
            table.add(std::move(row));
        }
    }
    return table;
}

Table frontier(const ReportModel& report) {
    Table table({{"size", Align::left, 24},
                 {"allocator", Align::left, 24},
                 {"survives in"},
                 {"fails in"},
                 {"machine"},
                 {"runs"}});
    const auto text = [](const std::optional<std::uint64_t>& bytes) {
        return bytes ? bytes_text(static_cast<double>(*bytes)) : std::string("-");
    };
    for (const FrontierEdge& edge : report.edges) {
        table.add({{edge.setting},
                   {edge.label},
                   {text(edge.survives)},
                   {text(edge.fails)},
                   {text(edge.machine)},
                   {fmt::format("{}", edge.runs)}});
    }
    return table;
}

std::string one_report(const ReportModel& report, bool colour) {
    std::string text = "\n" +
                       styled(fit(printable(report.title.empty() ? report.command : report.title), 98),
                              Style::heading, colour) +
                       "\n";
    for (const ReportFact& fact : report.environment) {
        text += fit(printable(fmt::format("{}: {}", fact.name, fact.value)), 98) + "\n";
    }
    if (report.rounds) {
        text += fmt::format("Rounds: {}{}. Ratios are to {}; ~ means that no difference was shown.\n",
                            *report.rounds, report.interrupted ? " (interrupted)" : "",
                            printable(report.allocators.front().label));
    }
    if (const Table table = figures(report); !table.empty()) text += "\n" + table.text(colour);
    if (report.metrics.empty() && report.is_comparison()) {  // nobody survived
        for (const ReportAllocator& allocator : report.allocators) {
            text += printable(fmt::format("{}: {}", allocator.label, allocator.outcome)) + "\n";
        }
    }
    if (report.is_frontier()) text += "\n" + frontier(report).text(colour);
    for (const FrontierFit& fit : report.fits) text += printable(fit.label + ": " + fit.text) + "\n";
    if (report.profile) text += "\n" + profile_text(*report.profile, {}, colour);
    text += report.notes.empty() ? "" : "\n";
    for (const std::string& note : report.notes) text += wrapped(printable(note), 98, 0) + "\n";
    for (const ReportAllocator& allocator : report.allocators) {
        if (allocator.programs.empty()) continue;
        const std::size_t shown = std::min(allocator.programs.size(), kMostPrograms);
        text += fmt::format("\n{}, by program:\n", fit(printable(allocator.label), 24));
        text += program_table(std::span(allocator.programs).first(shown)).text(colour);
        if (shown < allocator.programs.size())
            text += fmt::format("and {} more\n", allocator.programs.size() - shown);
        text += "* of the largest process; objects and asked are sums\n";
    }
    return text;
}

}  // namespace

std::string terminal_report(std::span<const ReportModel> reports, bool colour) {
    std::string text;
    for (const ReportModel& report : reports) text += one_report(report, colour);
    return text;
}

}  // namespace morpharena::tool
