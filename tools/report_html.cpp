#include "tools/report_html.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/charts.h"
#include "tools/html_text.h"
#include "tools/report_profile.h"
#include "tools/report_style.h"
#include "tools/size_text.h"

namespace morpharena::tool {
namespace {

constexpr std::size_t kMostPrograms = 40;

std::string card(const std::string& title, const std::string& body) {
    if (body.empty()) return {};
    return "<section class=\"card\"><h2>" + html(title) + "</h2>\n" + body + "</section>\n";
}

std::string bytes_or_dash(std::uint64_t bytes) {
    return bytes == 0 ? "–" : bytes_text(static_cast<double>(bytes));
}

std::string heading(const ReportModel& report) {
    std::string text = report.title.empty() ? "<h1><code>" + html(report.command) + "</code></h1>"
                                            : "<h1>" + html(report.title) + "</h1><p><code>" +
                                                  html(report.command) + "</code></p>";
    std::string line = report.is_comparison() ? "Comparison of allocators"
                       : report.is_frontier() ? "The smallest memory that suffices"
                       : report.profile       ? "Who allocated"
                                              : "One run";
    if (report.rounds) {
        line += fmt::format(", {} round{}", *report.rounds, *report.rounds == 1 ? "" : "s");
        line += fmt::format("; ratios are to {}", report.allocators.front().label);
    }
    if (report.interrupted) line += "; interrupted";
    if (!report.started.empty()) line += "; " + report.started;
    return text + "<p class=\"dim\">" + html(line) + "</p>\n";
}

std::string outcomes(const ReportModel& report) {
    std::string text =
        "<div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th>allocator</th><th "
        "class=\"words\">version</th>"
        "<th class=\"words\">outcome</th></tr></thead><tbody>";
    for (const ReportAllocator& allocator : report.allocators) {
        std::string victims;
        for (const std::string& victim : allocator.victims) victims += (victims.empty() ? "" : ", ") + victim;
        if (!victims.empty()) victims = "<br><span class=\"dim\">ended: " + html(victims) + "</span>";
        text += fmt::format(
            "<tr><td>{}</td><td class=\"words\">{}</td><td class=\"words\"><span class=\"badge{}\">{}"
            "</span>{}</td></tr>",
            html(allocator.label), html(allocator.version), allocator.ok ? "" : " bad",
            html(allocator.outcome), victims);
    }
    return text + "</tbody></table></div>\n";
}

std::string tiles(const ReportModel& report) {
    std::string text;
    for (std::size_t m = 0; m < report.metrics.size(); ++m) {
        const auto& value = report.allocators.front().figures[m].value;
        if (!report.metrics[m].in_table || !value) continue;
        text +=
            fmt::format("<div class=\"tile\"><b>{}</b><span>{}</span></div>",
                        html(quantity_text(report.metrics[m].unit, *value)), html(report.metrics[m].title));
    }
    return text.empty() ? text : "<div class=\"tiles\">" + text + "</div>\n";
}

std::string figures(const ReportModel& report) {
    if (!report.is_comparison()) return card("Figures of the whole tree", tiles(report));
    return card(
        "Time and memory",
        "<p>Bars go from 1 to the ratio, on a logarithmic scale of each metric's own; less is better. The "
        "thin line is the 95&nbsp;% interval. <b>~</b> marks where no difference was shown.</p>"
        "<div class=\"metrics\">" +
            ratio_charts(report) + "</div>");
}

std::string programs(const ReportAllocator& allocator) {
    std::string text = "<h3>" + html(allocator.label) +
                       "</h3><div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th>program</th>"
                       "<th>processes</th><th>objects</th><th>asked</th><th>live peak*</th><th>held*</th>"
                       "<th>peak RSS*</th></tr></thead><tbody>";
    const std::size_t shown = std::min(allocator.programs.size(), kMostPrograms);
    for (std::size_t i = 0; i < shown; ++i) {
        const ProgramTotal& total = allocator.programs[i];
        text += fmt::format(
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            html(total.program), total.processes, count_text(static_cast<double>(total.objects)),
            bytes_or_dash(total.payload), bytes_or_dash(total.largest_live_peak),
            bytes_or_dash(total.largest_held), bytes_or_dash(total.largest_rss));
    }
    text += "</tbody></table></div>";
    if (shown < allocator.programs.size())
        text += fmt::format("<p>and {} more</p>", allocator.programs.size() - shown);
    return text;
}

std::string all_programs(const ReportModel& report) {
    std::string text;
    for (const ReportAllocator& allocator : report.allocators) {
        if (!allocator.programs.empty()) text += programs(allocator);
    }
    if (text.empty()) return text;
    return text +
           "<p class=\"dim\">* of the largest process; objects and asked are sums. Held: what an arena keeps "
           "until the end.</p>";
}

// The programs ask for the same sizes under every mode, nearly: one histogram tells enough.
std::string sizes(const ReportModel& report) {
    for (const ReportAllocator& allocator : report.allocators) {
        if (allocator.size_classes.empty()) continue;
        return "<p class=\"dim\">All processes with records together, under " + html(allocator.label) +
               ".</p>" + size_chart(allocator.size_classes);
    }
    return {};
}

std::string reach(const ReportModel& report) {
    std::string text;
    for (const ReportAllocator& allocator : report.allocators) {
        if (!allocator.reach) continue;
        text += "<h3>" + html(allocator.label) +
                "</h3><div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th>program</th><th "
                "class=\"words\">reach"
                "</th><th>execs</th><th>cpu</th><th>peak RSS</th></tr></thead><tbody>";
        for (const ReachRow& row : allocator.reach->rows) {
            text += fmt::format(
                "<tr><td>{}</td><td class=\"words\">{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
                html(row.program), html(row.reach), row.execs, seconds_text(row.cpu),
                bytes_or_dash(row.peak));
        }
        text += fmt::format(
            "</tbody></table></div><p>{} of the processor time lies outside the library's reach.</p>",
            percent_text(allocator.reach->outside_share));
    }
    return text;
}

std::string bytes_cell(const std::optional<std::uint64_t>& bytes) {
    return bytes ? bytes_text(static_cast<double>(*bytes)) : "–";
}

// A bar to the smallest memory that sufficed; the largest that did not lies just below it.
std::string frontier(const ReportModel& report) {
    if (!report.is_frontier()) return {};
    std::uint64_t most = 1;
    for (const FrontierEdge& edge : report.edges) most = std::max(most, edge.survives.value_or(0));
    std::string text =
        "<p>The smallest memory, without swap, in which the command still succeeded, and the largest in "
        "which it did "
        "not; the machine that this means leaves room for the system.</p><div class=\"sizes\">";
    for (const FrontierEdge& edge : report.edges) {
        const std::string name = edge.label + (edge.setting.empty() ? "" : ", " + edge.setting);
        const double share = static_cast<double>(edge.survives.value_or(0)) / static_cast<double>(most);
        const std::string words =
            fmt::format("survives in {}, fails in {}", bytes_cell(edge.survives), bytes_cell(edge.fails));
        text += fmt::format(
            "<div class=\"name\">{}</div><div class=\"track\"><svg width=\"100%\" height=\"22\" "
            "role=\"img\" aria-label=\"{}: {}\"><rect class=\"k0\" x=\"0\" y=\"4\" width=\"{}%\" "
            "height=\"14\"/></svg></div><div class=\"value\"><b>{}</b> <span class=\"dim\">fails in {}"
            "</span></div>\n",
            html(name), html(name), html(words), coordinate(100 * share), bytes_cell(edge.survives),
            bytes_cell(edge.fails));
    }
    text +=
        "</div><div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th>allocator</th><th>size</th>"
        "<th>machine</th><th>runs</th><th>confirming</th></tr></thead><tbody>";
    for (const FrontierEdge& edge : report.edges) {
        text +=
            fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>", html(edge.label),
                        html(edge.setting), bytes_cell(edge.machine), edge.runs, edge.confirming);
    }
    text += "</tbody></table></div>";
    for (const FrontierFit& fit : report.fits) text += "<p>" + html(fit.label + ": " + fit.text) + "</p>";
    return text;
}

std::string environment(const ReportModel& report) {
    std::string text = "<dl class=\"facts\">";
    for (const ReportFact& fact : report.environment) {
        text += "<dt>" + html(fact.name) + "</dt><dd>" + html(fact.value) + "</dd>";
    }
    return text + "</dl>";
}

std::string notes(const ReportModel& report) {
    std::string text;
    for (const std::string& note : report.notes) text += "<p>" + html(note) + "</p>";
    if (!report.method.empty()) text += "<p class=\"dim\">" + html(report.method) + "</p>";
    return text;
}

std::string body(const ReportModel& report) {
    if (report.is_frontier()) {
        return heading(report) + card("Frontier", frontier(report)) + card("What to know", notes(report)) +
               card("Environment", environment(report));
    }
    const bool ran = report.schema != "morpharena.stats" && !report.command.empty();
    if (report.profile) {
        return heading(report) + (ran ? card("Outcome", outcomes(report)) : "") + figures(report) +
               card("Flame graphs", profile_flames_html(*report.profile)) +
               card("Call sites", profile_table_html(*report.profile)) +
               card("What to know", profile_notes_html(*report.profile) + notes(report)) +
               card("Environment", environment(report));
    }
    return heading(report) + (ran ? card("Outcome", outcomes(report)) : "") + figures(report) +
           card("Memory over time", memory_charts(report)) + card("By program", all_programs(report)) +
           card("What the library reaches", reach(report)) + card("Sizes of objects", sizes(report)) +
           card("What to know", notes(report)) + card("Environment", environment(report));
}

}  // namespace

std::string html_report(std::span<const ReportModel> reports) {
    std::string text =
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
        // Should a name slip through the escaping, it can load and run nothing.
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
        "style-src 'unsafe-inline'; img-src data:\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<link rel=\"icon\" href=\"data:,\">\n<title>morpharena: ";
    text += html(reports.front().title.empty() ? reports.front().command : reports.front().title);
    text += "</title>\n<style>" + std::string(kReportStyle) + "</style></head>\n<body><main>\n";
    for (const ReportModel& report : reports) text += body(report);
    return text + "<p class=\"dim\">Made by morpharena " MORPHARENA_VERSION ".</p></main></body></html>\n";
}

}  // namespace morpharena::tool
