#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "tools/charts.h"
#include "tools/html_text.h"
#include "tools/memory_stack.h"
#include "tools/size_text.h"

namespace morpharena::tool {
namespace {

constexpr double kWidth = 1000, kHeight = 300;  // of the view box, which is stretched to what the page gives

// The axes that all charts of a report share.
struct Axes {
    double seconds = 0;
    double bytes = 0;
    std::optional<double> cap;  // where it fits on the scale
    double x(double s) const { return seconds > 0 ? kWidth * s / seconds : 0; }
    double y(double b) const { return kHeight - kHeight * b / bytes; }
};

// 1, 2 or 5 times a power of `base`... in units that people read: so that four or five lines fit.
double step_for(double most) {
    double unit = 1;
    while (unit * 1024 <= most) unit *= 1024;
    for (const double factor : {0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 10.0, 20.0, 25.0, 50.0, 100.0, 200.0, 256.0}) {
        if (most / (unit * factor) <= 5) return unit * factor;
    }
    return unit * 256;
}

std::string time_text(double seconds) {
    return seconds < 1 ? seconds_text(seconds) : fmt::format("{:.3g} s", seconds);
}

// "64 MiB", "1.5 GiB": a line of the scale has no digits to spare.
std::string scale_text(double bytes) {
    if (bytes == 0) return "0";
    std::string text = bytes_text(bytes);
    const auto dot = text.find('.'), blank = text.find(' ');
    if (dot == std::string::npos || blank == std::string::npos || dot > blank) return text;
    std::string number = text.substr(0, blank);
    number.erase(number.find_last_not_of('0') + 1);
    if (number.ends_with('.')) number.pop_back();
    return number + text.substr(blank);
}

Axes axes_of(const ReportModel& report) {
    Axes axes;
    for (const ReportAllocator& allocator : report.allocators) {
        for (const auto* timeline : {&allocator.processes, &allocator.tree}) {
            if (!*timeline) continue;
            axes.seconds = std::max(axes.seconds, (*timeline)->seconds());
            axes.bytes = std::max(axes.bytes, static_cast<double>(stack_of(**timeline).peak));
            for (const TimelinePoint& point : (*timeline)->points) {
                axes.bytes = std::max(axes.bytes, static_cast<double>(point.tree.value_or(0)));
            }
        }
    }
    if (report.memory_limit) {
        const auto cap = static_cast<double>(*report.memory_limit);
        if (cap <= 2 * axes.bytes) axes.cap = cap;
        axes.bytes = std::max(axes.bytes, axes.cap.value_or(0));
    }
    const double step = step_for(axes.bytes);
    axes.bytes = std::max(step, std::ceil(axes.bytes * 1.02 / step) * step);
    return axes;
}

std::string point_text(double x, double y) {
    return coordinate(x) + " " + coordinate(y) + " ";
}

std::string layer_path(const Axes& axes, const Timeline& timeline, const MemoryLayer& layer,
                       std::vector<double>& floor) {
    // From the point before the first value to the one behind the last, so that the edges are drawn.
    std::size_t first = 0, last = layer.values.size();
    while (first < last && layer.values[first] == 0) ++first;
    while (last > first && layer.values[last - 1] == 0) --last;
    if (first == last) return {};
    first -= first > 0 ? 1 : 0;
    last += last < layer.values.size() ? 1 : 0;
    std::string forth, back;
    for (std::size_t i = first; i < last; ++i) {
        const double x = axes.x(timeline.points[i].seconds);
        back = point_text(x, axes.y(floor[i])) + back;
        floor[i] += static_cast<double>(layer.values[i]);
        forth += point_text(x, axes.y(floor[i]));
    }
    const std::string who =
        layer.pid == 0 ? layer.program : fmt::format("{} (pid {})", layer.program, layer.pid);
    return fmt::format("<path class=\"s{}\" d=\"M{}L{}Z\"><title>{}: at most {}</title></path>\n",
                       layer.colour, forth, back, html(who), bytes_text(static_cast<double>(layer.peak)));
}

std::string tree_line(const Axes& axes, const Timeline& timeline, bool filled) {
    std::string points;
    double last = 0;
    for (const TimelinePoint& point : timeline.points) {
        if (!point.tree) continue;
        last = axes.x(point.seconds);
        points += point_text(last, axes.y(static_cast<double>(*point.tree)));
    }
    if (points.empty()) return {};
    std::string svg;
    if (filled) {
        svg = fmt::format("<path class=\"s7\" d=\"M0 {0} L{1}L{2} {0}Z\"/>", coordinate(kHeight), points,
                          coordinate(last));
    }
    return svg + fmt::format("<polyline class=\"tree\" points=\"{}\"/>\n", points);
}

// The scale stands in HTML beside the drawing: text in a stretched picture would be stretched with it.
std::string frame(const Axes& axes, const std::string& label, const std::string& drawing) {
    std::string lines, labels;
    const double step = step_for(axes.bytes);
    for (double bytes = 0; bytes <= axes.bytes * 1.001; bytes += step) {
        const std::string y = coordinate(axes.y(bytes));
        lines += fmt::format("<line class=\"grid\" x1=\"0\" x2=\"1000\" y1=\"{0}\" y2=\"{0}\"/>", y);
        labels += fmt::format("<span style=\"top:{}%\">{}</span>", coordinate(100 * axes.y(bytes) / kHeight),
                              scale_text(bytes));
    }
    std::string cap, cap_label;
    if (axes.cap) {
        const double y = axes.y(*axes.cap);
        cap = fmt::format("<line class=\"cap\" x1=\"0\" x2=\"1000\" y1=\"{0}\" y2=\"{0}\"/>", coordinate(y));
        cap_label = fmt::format("<span class=\"caplabel\" style=\"top:{}%\">cap {}</span>",
                                coordinate(100 * y / kHeight), scale_text(*axes.cap));
    }
    return fmt::format(
        "<div class=\"plot\"><div class=\"ylabels\" aria-hidden=\"true\">{}</div><div class=\"area\">"
        "<svg viewBox=\"0 0 1000 300\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\">"
        "{}{}{}</svg>{}</div><div class=\"xlabels\" aria-hidden=\"true\"><span>0</span>"
        "<span>{}</span><span>{}</span></div></div>\n",
        labels, html(label), lines, drawing, cap, cap_label, time_text(axes.seconds / 2),
        time_text(axes.seconds));
}

std::string legend(const MemoryStack& stack, const Timeline& timeline) {
    std::string text = "<ul class=\"legend\">";
    for (std::size_t i = 0; i < stack.programs.size(); ++i) {
        text += fmt::format("<li><span class=\"swatch k{}\"></span>{} <span class=\"dim\">{}</span></li>", i,
                            html(stack.programs[i].first),
                            bytes_text(static_cast<double>(stack.programs[i].second)));
    }
    const bool others = std::any_of(stack.layers.begin(), stack.layers.end(), [](const MemoryLayer& layer) {
        return layer.colour == MemoryStack::kOtherColour;
    });
    if (others) text += "<li><span class=\"swatch k7\"></span>others</li>";
    std::uint64_t peak = 0;
    for (const TimelinePoint& point : timeline.points) peak = std::max(peak, point.tree.value_or(0));
    if (timeline.has_tree()) {
        text += fmt::format(
            "<li><span class=\"swatch line\"></span>the tree, by its cgroup <span class=\"dim\">{}"
            "</span></li>",
            bytes_text(static_cast<double>(peak)));
    }
    return text + "</ul>\n";
}

std::string figures_table(const Timeline& timeline, const MemoryStack& stack) {
    std::string text =
        "<details><summary>The same as a table</summary><div class=\"scroll\" "
        "tabindex=\"0\"><table><thead><tr>"
        "<th>program</th><th>pid</th><th>seen from</th><th>until</th><th>peak</th></tr></thead><tbody>";
    for (const MemoryLayer& layer : stack.layers) {
        std::size_t first = 0, last = layer.values.size();
        while (first < last && layer.values[first] == 0) ++first;
        while (last > first && layer.values[last - 1] == 0) --last;
        if (first == last) continue;
        text += fmt::format(
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>", html(layer.program),
            layer.pid == 0 ? "" : fmt::format("{}", layer.pid), time_text(timeline.points[first].seconds),
            time_text(timeline.points[last - 1].seconds), bytes_text(static_cast<double>(layer.peak)));
    }
    return text + "</tbody></table></div></details>\n";
}

std::string one_chart(const Axes& axes, const ReportAllocator& allocator) {
    const bool by_process = allocator.processes && !allocator.processes->points.empty();
    const auto& timeline = by_process ? allocator.processes : allocator.tree;
    if (!timeline) return {};
    std::string text = "<figure><figcaption><h3>" + html(allocator.label) + "</h3>";
    if (timeline->points.empty()) {
        return text + "<p class=\"dim\">No timeline: " + html(timeline->absent) +
               "</p></figcaption></figure>\n";
    }
    const MemoryStack stack = stack_of(*timeline);
    std::string drawing;
    std::vector<double> floor(timeline->points.size());
    for (const MemoryLayer& layer : stack.layers) drawing += layer_path(axes, *timeline, layer, floor);
    drawing += tree_line(axes, *timeline, !by_process);
    std::string label =
        fmt::format("Memory over {} under {}", time_text(timeline->seconds()), allocator.label);
    for (const auto& [program, peak] : stack.programs) {
        label += fmt::format(", {} at most {}", program, bytes_text(static_cast<double>(peak)));
    }
    if (by_process) {
        text += "<p class=\"dim\">Anonymous memory by process, stacked; from the run with records.</p>";
    } else {
        text += fmt::format(
            "<p class=\"dim\">The whole tree by its cgroup, page cache included, in {}; which process "
            "held what is known only of runs with records.</p>",
            allocator.tree_warm_up ? "the warm-up" : "round 1");
    }
    text += "</figcaption>" + frame(axes, label, drawing) + legend(stack, *timeline);
    return text + (by_process ? figures_table(*timeline, stack) : "") + "</figure>\n";
}

}  // namespace

std::string memory_charts(const ReportModel& report) {
    const Axes axes = axes_of(report);
    std::string text;
    for (const ReportAllocator& allocator : report.allocators) text += one_chart(axes, allocator);
    if (!text.empty() && report.memory_limit && !axes.cap) {
        text +=
            fmt::format("<p class=\"dim\">The cap of {} lies far above these curves and is not drawn.</p>",
                        bytes_text(static_cast<double>(*report.memory_limit)));
    }
    return text;
}

}  // namespace morpharena::tool
