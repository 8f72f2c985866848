#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tools/charts.h"
#include "tools/html_text.h"

namespace morpharena::tool {
namespace {

// Positions in percent of the width, on a logarithmic axis with 1 in the middle: twice and half look alike.
class Axis {
  public:
    explicit Axis(double reach) : reach_(reach) {}
    double at(double ratio) const {
        return std::clamp(50 + 50 * std::log(ratio) / std::log(reach_), 0.0, 100.0);
    }
    double reach() const { return reach_; }

  private:
    double reach_;  // the axis goes from 1 / reach to reach
};

// A round bound that all intervals of a metric fit below.
Axis axis_of(const ReportModel& report, std::size_t metric) {
    double most = 1;
    for (const ReportAllocator& allocator : report.allocators) {
        const auto& ratio = allocator.figures[metric].ratio;
        if (ratio) most = std::max({most, ratio->high, 1 / ratio->low});
    }
    for (const double reach : {1.02, 1.05, 1.1, 1.2, 1.5, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0}) {
        if (most <= reach) return Axis(reach);
    }
    return Axis(most);
}

const char* class_of(const Ratio& ratio) {
    if (!ratio.significant) return "same";
    return ratio.ratio < 1 ? "good" : "bad";
}

std::string bar(const Axis& axis, const Ratio& ratio, const std::string& label) {
    const double from = std::min(50.0, axis.at(ratio.ratio));
    const double width = std::abs(axis.at(ratio.ratio) - 50);
    const std::string low = coordinate(axis.at(ratio.low)), high = coordinate(axis.at(ratio.high));
    std::string svg =
        fmt::format("<svg class=\"bar {}\" width=\"100%\" height=\"24\" role=\"img\" aria-label=\"{}\">",
                    class_of(ratio), html(label));
    svg += "<line class=\"one\" x1=\"50%\" x2=\"50%\" y1=\"0\" y2=\"24\"/>";
    svg += fmt::format("<rect x=\"{}%\" y=\"7\" width=\"{}%\" height=\"10\"/>", coordinate(from),
                       coordinate(width));
    svg += fmt::format("<line class=\"whisker\" x1=\"{}%\" x2=\"{}%\" y1=\"12\" y2=\"12\"/>", low, high);
    for (const std::string& end : {low, high}) {
        svg += fmt::format("<line class=\"whisker\" x1=\"{0}%\" x2=\"{0}%\" y1=\"6\" y2=\"18\"/>", end);
    }
    return svg + "</svg>";
}

std::string row(const ReportModel& report, std::size_t metric, std::size_t index, const Axis& axis) {
    const ReportAllocator& allocator = report.allocators[index];
    const Figure& figure = allocator.figures[metric];
    const std::string value =
        figure.value ? quantity_text(report.metrics[metric].unit, *figure.value) : "no figure";
    std::string text = fmt::format("<div class=\"name\">{}</div><div class=\"value\">{}</div>",
                                   html(allocator.label), html(value));
    if (index == 0 || !figure.ratio) {
        const std::string why = index == 0 ? "the base" : allocator.ok ? "no ratio" : allocator.outcome;
        return text + "<div class=\"track dim\">" + html(why) + "</div><div class=\"ratio\"></div>";
    }
    const Ratio& ratio = *figure.ratio;
    const std::string words =
        fmt::format("{}, {}: {:.3f} times {}, 95 % interval {:.3f} to {:.3f}{}", report.metrics[metric].title,
                    allocator.label, ratio.ratio, report.allocators.front().label, ratio.low, ratio.high,
                    ratio.significant ? "" : ": no difference was shown");
    text += "<div class=\"track\">" + bar(axis, ratio, words) + "</div>";
    return text + fmt::format("<div class=\"ratio {}\"><b>{}{:.3f}</b> <span>{:.3f} .. {:.3f}</span></div>",
                              class_of(ratio), ratio.significant ? "" : "~&nbsp;", ratio.ratio, ratio.low,
                              ratio.high);
}

}  // namespace

std::string ratio_charts(const ReportModel& report) {
    std::string text;
    for (std::size_t m = 0; m < report.metrics.size(); ++m) {
        if (!report.metrics[m].in_table) continue;
        const Axis axis = axis_of(report, m);
        text += fmt::format("<section class=\"metric\"><h3>{}</h3><div class=\"rows\">",
                            html(report.metrics[m].title));
        for (std::size_t i = 0; i < report.allocators.size(); ++i) text += row(report, m, i, axis);
        text += fmt::format(
            "<div class=\"scale\" aria-hidden=\"true\"><span>{:.2f}</span><span>1</span>"
            "<span>{:.2f}</span></div></div></section>\n",
            1 / axis.reach(), axis.reach());
    }
    return text;
}

}  // namespace morpharena::tool
