#include "tools/timeline.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace morpharena::tool {
namespace {

constexpr std::size_t kNowhere = std::numeric_limits<std::size_t>::max();

std::uint64_t bytes_of(double value) {
    return value > 0 && value < 9e18 ? static_cast<std::uint64_t>(value) : 0;
}

struct Columns {
    std::size_t first = kNowhere;
    std::vector<std::uint64_t> anonymous, mapped, live;

    void add(std::size_t point, const MemoryNow& now) {
        if (first == kNowhere) first = point;
        // A process that could not be read once in between held nothing that is known then.
        for (auto* column : {&anonymous, &mapped, &live}) column->resize(point - first);
        anonymous.push_back(now.anonymous);
        mapped.push_back(now.mapped);
        live.push_back(now.live);
    }
};

void read_process(const JsonPlace& place, Timeline& timeline) {
    const std::size_t first = place.count("first").value_or(0);
    const auto anonymous = place.numbers("anonymous");
    const auto mapped = place.numbers("mapped");
    const auto live = place.numbers("live");
    if (mapped.size() != anonymous.size() || live.size() != anonymous.size()) {
        place.refuse("anonymous, mapped and live differ in length");
    }
    if (first > timeline.points.size() || anonymous.size() > timeline.points.size() - first) {
        place.refuse("more points than there are times");
    }
    const std::size_t index = timeline.processes.size();
    timeline.processes.push_back({place.pid("pid"), place.text_or("program", "?")});
    for (std::size_t i = 0; i < anonymous.size(); ++i) {
        timeline.points[first + i].entries.push_back(
            {index, {bytes_of(anonymous[i]), bytes_of(mapped[i]), bytes_of(live[i])}});
    }
}

}  // namespace

std::uint64_t TimelinePoint::total() const {
    if (tree) return *tree;
    std::uint64_t sum = 0;
    for (const Entry& entry : entries) sum += std::max(entry.now.anonymous, entry.now.mapped);
    return sum;
}

bool Timeline::has_tree() const {
    return std::any_of(points.begin(), points.end(),
                       [](const auto& point) { return point.tree.has_value(); });
}

std::size_t TimelineBuilder::add_process(std::int32_t pid, const std::string& program) {
    timeline_.processes.push_back({pid, program});
    return timeline_.processes.size() - 1;
}

void TimelineBuilder::add(TimelinePoint point) {
    ++timeline_.samples;
    if (in_newest_ != 0 && in_newest_ < samples_a_point_) {
        ++in_newest_;
        TimelinePoint& newest = timeline_.points.back();
        if (point.total() > newest.total()) newest = std::move(point);
        return;
    }
    if (timeline_.points.size() == kMostPoints) thin_out();
    timeline_.points.push_back(std::move(point));
    in_newest_ = 1;
}

void TimelineBuilder::thin_out() {
    auto& points = timeline_.points;
    for (std::size_t i = 0; i < points.size() / 2; ++i) {
        const std::size_t larger = points[2 * i + 1].total() > points[2 * i].total() ? 2 * i + 1 : 2 * i;
        if (larger != i) points[i] = std::move(points[larger]);
    }
    points.resize(points.size() / 2);
    samples_a_point_ *= 2;
}

Timeline TimelineBuilder::finish() && {
    std::vector<std::size_t> new_index(timeline_.processes.size(), kNowhere);
    std::vector<TimelineProcess> kept;
    for (TimelinePoint& point : timeline_.points) {
        for (auto& entry : point.entries) {
            auto& index = new_index[entry.process];
            if (index == kNowhere) {
                index = kept.size();
                kept.push_back(timeline_.processes[entry.process]);
            }
            entry.process = index;
        }
    }
    timeline_.processes = std::move(kept);
    return std::move(timeline_);
}

Json json_of(const Timeline& timeline) {
    Json times = Json::array(), tree = Json::array(), processes = Json::array();
    std::vector<Columns> columns(timeline.processes.size());
    for (std::size_t i = 0; i < timeline.points.size(); ++i) {
        const TimelinePoint& point = timeline.points[i];
        times.push_back(std::round(point.seconds * 1e6) / 1e6);
        tree.push_back(point.tree ? Json(*point.tree) : Json());
        for (const auto& entry : point.entries) columns[entry.process].add(i, entry.now);
    }
    for (std::size_t i = 0; i < columns.size(); ++i) {
        processes.push_back({{"pid", timeline.processes[i].pid},
                             {"program", timeline.processes[i].program},
                             {"first", columns[i].first},
                             {"anonymous", columns[i].anonymous},
                             {"mapped", columns[i].mapped},
                             {"live", columns[i].live}});
    }
    return {{"absent", timeline.absent.empty() ? Json() : Json(timeline.absent)},
            {"start_ns", timeline.start_ns},
            {"samples", timeline.samples},
            {"sampler_cpu_seconds", timeline.sampler_cpu_seconds},
            {"times", std::move(times)},
            {"tree", timeline.has_tree() ? std::move(tree) : Json()},
            {"processes", std::move(processes)}};
}

Timeline timeline_from(const JsonPlace& place) {
    Timeline timeline;
    timeline.absent = place.text_or("absent", "");
    timeline.start_ns = place.count("start_ns").value_or(0);
    timeline.samples = place.count("samples").value_or(0);
    timeline.sampler_cpu_seconds = place.number("sampler_cpu_seconds").value_or(0);
    double last = 0;
    for (const double seconds : place.numbers("times")) {
        if (!(seconds >= last)) place.refuse("times: not in order");
        last = seconds;
        timeline.points.push_back({seconds, std::nullopt, {}});
    }
    const auto tree = place.list("tree");
    if (!tree.empty() && tree.size() != timeline.points.size()) {
        place.refuse("tree and times differ in length");
    }
    for (std::size_t i = 0; i < tree.size(); ++i) {
        if (tree[i].node().is_number()) timeline.points[i].tree = bytes_of(tree[i].node().get<double>());
    }
    for (const JsonPlace& process : place.list("processes")) read_process(process, timeline);
    return timeline;
}

}  // namespace morpharena::tool
