#include "tools/frontier_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/printable.h"
#include "tools/size_text.h"
#include "tools/table.h"

namespace morpharena::tool {
namespace {

std::string bytes(std::uint64_t value) {
    return bytes_text(static_cast<double>(value));
}

std::string machine_text(const Edge& edge) {
    if (!edge.survives) return "-";
    const auto machine = machine_for(*edge.survives);
    return machine ? fmt::format("{} GB", *machine / kGiB) : "over 32 GB";
}

// How the runs at one limit ended, in order.
std::string outcomes_at(const Edge& edge, std::uint64_t limit) {
    std::string text;
    for (const Trial& trial : edge.trials) {
        if (trial.limit != limit) continue;
        text += (text.empty() ? "" : ", ") + describe(trial.result.outcome);
    }
    return text;
}

Table edge_table(const Frontier& frontier) {
    Table table({{"allocator", Align::left, 24},
                 {"free peak"},
                 {"survives in"},
                 {"fails in"},
                 {"machine"},
                 {"runs"}});
    for (std::size_t i = 0; i < frontier.edges.size(); ++i) {
        const Edge& edge = frontier.edges[i];
        std::string peak = "-";
        if (!edge.trials.empty()) {
            const auto& measured = edge.trials.front().result.metrics[Metric::peak_memory];
            if (measured) peak = bytes_text(*measured);
        }
        table.add({{frontier.labels[i]},
                   {peak},
                   {edge.survives ? bytes(*edge.survives) : "-", edge.survives ? Style::plain : Style::bad},
                   {edge.fails ? bytes(*edge.fails) : "-"},
                   {machine_text(edge)},
                   {fmt::format("{}", edge.trials.size())}});
    }
    return table;
}

std::string confirming_text(const Frontier& frontier) {
    std::string text;
    for (std::size_t i = 0; i < frontier.edges.size(); ++i) {
        const Edge& edge = frontier.edges[i];
        const std::string label = printable(frontier.labels[i]);
        std::string line;
        if (edge.survives) {
            line =
                fmt::format("{}: in {}: {}", label, bytes(*edge.survives), outcomes_at(edge, *edge.survives));
            if (edge.fails)
                line += fmt::format("; in {}: {}", bytes(*edge.fails), outcomes_at(edge, *edge.fails));
        } else if (!edge.trials.empty()) {
            line = fmt::format(
                "{}: the first run, {}: {}", label,
                edge.trials.front().limit ? "in " + bytes(*edge.trials.front().limit) : "without a limit",
                describe(edge.trials.front().result.outcome));
        }
        text += wrapped(line, 98, 4) + "\n";
    }
    return text;
}

std::string number_text(double value) {
    return fmt::format("{:.4g}", value);
}

std::string crossing_text(const ScaleFit& scale) {
    if (!scale.eight_gib) return "it does not grow with the size, so that no size exceeds 8 GB";
    const Crossing& at = *scale.eight_gib;
    std::string text =
        fmt::format("8 GB ({} for it) are exceeded from {} = {}", bytes(8 * kGiB - kSystemReserve),
                    printable(scale.parameter), number_text(at.at));
    if (scale.fit.points < 3) return text + " (two sizes: no interval)";
    return text + fmt::format(" (95 %: {} .. {})", at.low ? number_text(*at.low) : "?",
                              at.high ? number_text(*at.high) : "?");
}

std::string fits_text(const std::vector<ScaleFit>& fits, bool colour) {
    if (fits.empty()) return {};
    Table table({{"allocator", Align::left, 24}, {"size"}, {"survives in"}, {"line"}, {"off by"}});
    for (const ScaleFit& scale : fits) {
        for (const auto& [size, measured] : scale.points) {
            const double line = scale.fit.intercept + scale.fit.slope * size;
            table.add({{scale.label},
                       {number_text(size)},
                       {bytes_text(measured)},
                       {bytes_text(std::max(line, 0.0))},
                       {fmt::format("{:+.1f} %", (line / measured - 1) * 100)}});
        }
    }
    constexpr double kGoodFit = 0.98;
    std::string text = "\nA straight line through the edges (least squares):\n" + table.text(colour);
    for (const ScaleFit& scale : fits) {
        const bool negative = scale.fit.intercept < 0;
        text += wrapped(fmt::format("{}: {}{} + {} for each {} (r2 {:.4f}): {}{}", printable(scale.label),
                                    negative ? "-" : "", bytes_text(std::abs(scale.fit.intercept)),
                                    bytes_text(scale.fit.slope), printable(scale.parameter), scale.fit.r2,
                                    crossing_text(scale),
                                    scale.fit.r2 < kGoodFit ? "; the line fits badly, do not trust it" : ""),
                        98, 4) +
                "\n";
    }
    return text;
}

}  // namespace

std::string frontier_text(const std::vector<Frontier>& frontiers, const Host& host, bool colour) {
    std::string text = "\n" + describe(host) + "\n";
    for (const Frontier& frontier : frontiers) {
        text += styled(fit(shell_words(frontier.plan.command), 98), Style::heading, colour) + "\n";
        const Conditions& conditions = frontier.plan.conditions;
        if (conditions.memory_limit)
            text += fmt::format("Looked no higher than {}.\n", bytes(*conditions.memory_limit));
        if (const std::string go = go_text(conditions); !go.empty()) text += go + "\n";
        text += fmt::format("The smallest memory of the tree in which it succeeds, no swap, to {}:\n",
                            percent_text(frontier.plan.tolerance));
        text += edge_table(frontier).text(colour) + confirming_text(frontier);
        if (frontier.interrupted) text += "Interrupted: what is not there was not finished.\n";
        if (!frontier.stop_reason.empty()) text += "Ended early: " + frontier.stop_reason + "\n";
        text += "\n";
    }
    text += fmt::format(
        "machine: the smallest of 4, 8, 16, 32 GB that leaves so much beside {} for the system "
        "(an assumption).\n",
        bytes(kSystemReserve));
    return text + fits_text(fits_of(frontiers), colour);
}

}  // namespace morpharena::tool
