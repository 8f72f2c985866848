#include <fmt/format.h>

#include <string_view>

#include "tools/printable.h"
#include "tools/profile_table.h"
#include "tools/profile_verdict.h"
#include "tools/report_profile.h"
#include "tools/report_text.h"
#include "tools/size_text.h"

namespace morpharena::tool {
namespace {

constexpr std::size_t kMostPrograms = 20;

// Everything that Markdown, or the HTML in it, could take for more than a letter.
std::string escaped(std::string_view text) {
    constexpr std::string_view kSpecial = "\\`*_{}[]<>#|~!&";
    std::string out;
    for (const char c : printable(text)) {
        if (kSpecial.find(c) != std::string_view::npos) out += '\\';
        out += c;
    }
    return out;
}

std::string row(const std::vector<std::string>& cells) {
    std::string line = "|";
    for (const std::string& cell : cells) line += " " + cell + " |";
    return line + "\n";
}

std::string bytes_or_dash(std::uint64_t bytes) {
    return bytes == 0 ? "-" : bytes_text(static_cast<double>(bytes));
}

std::string ratio_cell(const Figure& figure, bool first) {
    if (first) return figure.value ? "1" : "-";
    if (!figure.ratio) return "-";
    const std::string text = fmt::format("{:.3f}", figure.ratio->ratio);
    return figure.ratio->significant ? "**" + text + "**" : "\\~ " + text;
}

std::string comparison_table(const ReportModel& report) {
    std::string text = row({"metric", "allocator", "median", "ratio", "95 % interval", "outcome"});
    text += "|:---|:---|---:|---:|---:|:---|\n";
    for (std::size_t m = 0; m < report.metrics.size(); ++m) {
        if (!report.metrics[m].in_table) continue;
        for (std::size_t i = 0; i < report.allocators.size(); ++i) {
            const ReportAllocator& allocator = report.allocators[i];
            const Figure& figure = allocator.figures[m];
            const auto& ratio = figure.ratio;
            text += row({i == 0 ? escaped(report.metrics[m].title) : "", escaped(allocator.label),
                         figure.value ? quantity_text(report.metrics[m].unit, *figure.value) : "-",
                         ratio_cell(figure, i == 0),
                         ratio ? fmt::format("{:.3f} .. {:.3f}", ratio->low, ratio->high) : "",
                         escaped(allocator.outcome)});
        }
    }
    return text;
}

// Of a comparison that nobody survived.
std::string outcome_list(const ReportModel& report) {
    std::string text;
    for (const ReportAllocator& allocator : report.allocators) {
        text += "- " + escaped(allocator.label) + ": " + escaped(allocator.outcome) + "\n";
    }
    return text;
}

std::string run_table(const ReportModel& report) {
    const ReportAllocator& mode = report.allocators.front();
    std::string text = row({"metric", escaped(mode.label)}) + "|:---|---:|\n";
    for (std::size_t m = 0; m < report.metrics.size(); ++m) {
        const auto& value = mode.figures[m].value;
        if (!report.metrics[m].in_table || !value) continue;
        text += row({escaped(report.metrics[m].title), quantity_text(report.metrics[m].unit, *value)});
    }
    return text;
}

std::string programs_table(const ReportAllocator& allocator) {
    std::string text = row({"program", "processes", "objects", "asked", "live peak", "held", "peak RSS"}) +
                       "|:---|---:|---:|---:|---:|---:|---:|\n";
    std::size_t shown = 0;
    for (const ProgramTotal& total : allocator.programs) {
        if (++shown > kMostPrograms) break;
        text += row({escaped(total.program), fmt::format("{}", total.processes),
                     count_text(static_cast<double>(total.objects)), bytes_or_dash(total.payload),
                     bytes_or_dash(total.largest_live_peak), bytes_or_dash(total.largest_held),
                     bytes_or_dash(total.largest_rss)});
    }
    if (allocator.programs.size() > kMostPrograms) {
        text += fmt::format("\nand {} more\n", allocator.programs.size() - kMostPrograms);
    }
    return text + "\nlive peak, held and peak RSS are of the largest process; objects and asked are sums\n";
}

std::string bytes_cell(const std::optional<std::uint64_t>& bytes) {
    return bytes ? bytes_text(static_cast<double>(*bytes)) : "-";
}

std::string frontier_table(const ReportModel& report) {
    std::string text = row({"size", "allocator", "survives in", "fails in", "machine", "runs"}) +
                       "|:---|:---|---:|---:|---:|---:|\n";
    for (const FrontierEdge& edge : report.edges) {
        text += row({escaped(edge.setting), escaped(edge.label), bytes_cell(edge.survives),
                     bytes_cell(edge.fails), bytes_cell(edge.machine), fmt::format("{}", edge.runs)});
    }
    for (const FrontierFit& fit : report.fits) text += "\n" + escaped(fit.label + ": " + fit.text) + "\n";
    return text;
}

std::string reach_table(const ReportReach& reach) {
    std::string text = row({"reach", "program", "execs", "cpu", "peak RSS"}) + "|:---|:---|---:|---:|---:|\n";
    for (const ReachRow& one : reach.rows) {
        text += row({escaped(one.reach), escaped(one.program), fmt::format("{}", one.execs),
                     seconds_text(one.cpu), bytes_or_dash(one.peak)});
    }
    return text + fmt::format("\n{} of the processor time lies outside the library's reach\n",
                              percent_text(reach.outside_share));
}

std::string profile_section(const Profile& profile) {
    std::string text = "### Call sites\n\n";
    bool heading = true;
    for (const auto& row : profile_table_cells(profile)) {
        text += "|";
        for (const std::string& cell : row) text += " " + escaped(cell) + " |";
        text += "\n";
        if (heading) text += "|---|---|---:|---:|---:|---:|---:|---:|---|\n";
        heading = false;
    }
    text += "\n" + escaped(kVerdictRule) + "\n\n";
    for (const std::string& note : profile_notes(profile)) text += "- " + escaped(note) + "\n";
    return text + "\n";
}

std::string one_report(const ReportModel& report) {
    std::string text = "## " + escaped(report.title.empty() ? report.command : report.title) + "\n\n";
    if (!report.title.empty()) text += "Command: " + escaped(report.command) + "\n\n";
    if (report.is_comparison()) {
        text += fmt::format(
            "Rounds: {}{}. Ratios are to {}; bold where the 95 % interval leaves 1 out, \\~ where "
            "no difference was shown.\n\n",
            report.rounds.value_or(0), report.interrupted ? " (interrupted)" : "",
            escaped(report.allocators.front().label));
        text += (report.metrics.empty() ? outcome_list(report) : comparison_table(report)) + "\n";
    } else if (report.is_frontier()) {
        text += frontier_table(report) + "\n";
    } else if (!report.metrics.empty()) {
        text += fmt::format("Mode {}: {}\n\n", escaped(report.allocators.front().label),
                            escaped(report.allocators.front().outcome));
        text += run_table(report) + "\n";
    }
    if (report.profile) text += profile_section(*report.profile);
    for (const ReportAllocator& allocator : report.allocators) {
        for (const std::string& victim : allocator.victims) {
            text += fmt::format("The OOM killer ended, under {}: {}\n\n", escaped(allocator.label),
                                escaped(victim));
        }
        if (allocator.reach) {
            text += fmt::format("### {}, every program that ran\n\n{}\n", escaped(allocator.label),
                                reach_table(*allocator.reach));
        }
        if (allocator.programs.empty()) continue;
        text +=
            fmt::format("### {}, by program\n\n{}\n", escaped(allocator.label), programs_table(allocator));
    }
    text += "### Environment\n\n";
    for (const ReportFact& fact : report.environment) {
        text += fmt::format("- {}: {}\n", escaped(fact.name), escaped(fact.value));
    }
    if (!report.notes.empty()) text += "\n";
    for (const std::string& note : report.notes) text += escaped(note) + "\n\n";
    if (!report.method.empty()) text += (report.notes.empty() ? "\n" : "") + escaped(report.method) + "\n";
    return text;
}

}  // namespace

std::string markdown_report(std::span<const ReportModel> reports) {
    std::string text;
    for (const ReportModel& report : reports) text += (text.empty() ? "" : "\n") + one_report(report);
    return text;
}

}  // namespace morpharena::tool
