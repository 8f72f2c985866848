#include "tools/trace_events.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <tuple>

#include "tools/json_parts.h"
#include "tools/json_place.h"
#include "tools/printable.h"
#include "tools/timeline.h"

namespace morpharena::tool {
namespace {

// One program that a process ran, from exec to its end or the next exec.
struct Span {
    std::int64_t pid = 0;
    std::string program;
    double start = 0;  // seconds since the run began
    double end = 0;
    Json about = Json::object();
};

std::int64_t pid_at(const JsonPlace& place) {
    return static_cast<std::int64_t>(place.count("pid").value_or(0)) % kPidsOfOneRun;
}

class Trace {
  public:
    void add_run(const std::string& label, std::vector<Span> spans, const Timeline& timeline) {
        const std::int64_t base = runs_++ * kPidsOfOneRun;
        name_processes(base, label, spans, timeline);
        for (const Span& span : spans) {
            events_.push_back({{"name", printable(span.program)},
                               {"cat", "process"},
                               {"ph", "X"},
                               {"ts", micros(span.start)},
                               {"dur", std::max(0.0, micros(span.end) - micros(span.start))},
                               {"pid", base + span.pid},
                               {"tid", base + span.pid},
                               {"args", span.about}});
        }
        for (const TimelinePoint& point : timeline.points) {
            for (const auto& entry : point.entries) {
                const std::int64_t pid = base + timeline.processes[entry.process].pid;
                counter(pid, "memory", point.seconds,
                        {{"anonymous", entry.now.anonymous},
                         {"mapped", entry.now.mapped},
                         {"live", entry.now.live}});
            }
            if (point.tree) {
                counter(base + kPidsOfOneRun - 1, "memory of the tree", point.seconds,
                        {{"cgroup", *point.tree}});
            }
        }
        // A counter keeps its last value until it is told otherwise.
        for (const auto& [pid, seconds] : last_seen(timeline)) {
            counter(base + pid, "memory", seconds, {{"anonymous", 0}, {"mapped", 0}, {"live", 0}});
        }
    }

    std::string text(const JsonPlace& document) && {
        Json command = Json::array();
        for (const std::string& word : document.texts("command")) command.push_back(word);
        const Json trace = {
            {"traceEvents", std::move(events_)},
            {"displayTimeUnit", "ms"},
            {"otherData", {{"producer", "morpharena " MORPHARENA_VERSION}, {"command", command}}}};
        return line_of(trace) + "\n";
    }

  private:
    static double micros(double seconds) { return std::round(seconds * 1e6); }

    static std::map<std::int64_t, double> last_seen(const Timeline& timeline) {
        std::map<std::int64_t, double> seen;
        for (std::size_t i = 0; i < timeline.points.size(); ++i) {
            const double until = timeline.points[std::min(i + 1, timeline.points.size() - 1)].seconds;
            for (const auto& entry : timeline.points[i].entries) {
                seen[timeline.processes[entry.process].pid] = until;
            }
        }
        return seen;
    }

    void name_processes(std::int64_t base, const std::string& label, const std::vector<Span>& spans,
                        const Timeline& timeline) {
        std::map<std::int64_t, std::string> names;
        const auto add = [&](std::int64_t pid, const std::string& program) {
            std::string& name = names[pid];
            if (name == program || name.ends_with(" > " + program)) return;
            name += (name.empty() ? "" : " > ") + program;
        };
        for (const Span& span : spans) add(span.pid, printable(span.program));
        for (const TimelineProcess& process : timeline.processes) {
            if (!names.contains(process.pid)) add(process.pid, printable(process.program));
        }
        for (const auto& [pid, name] : names)
            metadata(base + pid, runs_ > 1 || !label.empty() ? label + ": " + name : name);
        if (timeline.has_tree()) metadata(base + kPidsOfOneRun - 1, label + ": the tree");
    }

    void metadata(std::int64_t pid, const std::string& name) {
        for (const char* what : {"process_name", "thread_name"}) {
            events_.push_back(
                {{"name", what}, {"ph", "M"}, {"pid", pid}, {"tid", pid}, {"args", {{"name", name}}}});
        }
    }

    void counter(std::int64_t pid, const char* name, double seconds, const Json& values) {
        events_.push_back({{"name", name},
                           {"ph", "C"},
                           {"ts", micros(seconds)},
                           {"pid", pid},
                           {"tid", pid},
                           {"args", values}});
    }

    Json events_ = Json::array();
    std::int64_t runs_ = 0;
};

// From the reports of a run's processes. One that was killed or called _exit noted no end: it is the last
// moment at which it was seen alive, and the span says so.
std::vector<Span> spans_of_processes(const JsonPlace& document, const Timeline& timeline) {
    struct Image {
        Span span;
        std::uint64_t start_ns, ticks, serial;
        bool known_end;
    };
    std::vector<Image> images;
    std::map<std::tuple<std::int64_t, std::uint64_t, std::uint64_t>, double> starts;
    std::uint64_t origin = timeline.start_ns;
    for (const JsonPlace& report : document.list("processes")) {
        const JsonPlace process = report.at("process");
        const std::uint64_t start = process.count("start_ns").value_or(0);
        if (origin == 0 || start < origin) origin = start;
    }
    for (const JsonPlace& report : document.list("processes")) {
        const JsonPlace process = report.at("process");
        const std::uint64_t start = process.count("start_ns").value_or(0);
        const std::uint64_t end = process.count("end_ns").value_or(0);
        Image image{
            {pid_at(process), process.text_or("program", "?"), static_cast<double>(start - origin) / 1e9,
             end < start ? 0 : static_cast<double>(end - origin) / 1e9},
            start,
            process.count("start_ticks").value_or(0),
            process.count("serial").value_or(0),
            end >= start};
        Json arguments = Json::array();
        for (const std::string& word : process.texts("arguments")) arguments.push_back(word);
        image.span.about = {{"ending", report.text_or("ending", "?")}, {"arguments", std::move(arguments)}};
        starts[{image.span.pid, image.ticks, image.serial}] = image.span.start;
        images.push_back(std::move(image));
    }
    std::map<std::int64_t, double> seen;
    for (const TimelinePoint& point : timeline.points) {
        for (const auto& entry : point.entries) seen[timeline.processes[entry.process].pid] = point.seconds;
    }
    std::vector<Span> spans;
    for (const Image& image : images) {
        Span span = image.span;
        if (!image.known_end) {
            span.end = std::max(span.start, seen.contains(span.pid) ? seen.at(span.pid) : span.start);
            span.about["end"] = "last seen alive";
        }
        const auto next = starts.find({image.span.pid, image.ticks, image.serial + 1});
        if (!image.known_end && next != starts.end()) {  // the next program of the same process
            span.end = std::max(span.start, next->second);
            span.about["end"] = "exec";
        }
        spans.push_back(std::move(span));
    }
    return spans;
}

// From the programs that were followed by ptrace, else from the points at which processes were seen.
std::vector<Span> spans_of_recorded(const JsonPlace& recorded, const Timeline& timeline) {
    std::vector<Span> spans;
    if (recorded.has("tree")) {
        for (const JsonPlace& image : recorded.at("tree").list("images")) {
            spans.push_back({pid_at(image),
                             std::filesystem::path(image.text_or("path", "?")).filename().string(),
                             image.number("start").value_or(0),
                             image.number("end").value_or(0),
                             {{"reach", image.text_or("reach", "?")}}});
        }
    }
    if (!spans.empty()) return spans;
    std::map<std::size_t, Span> by_process;
    for (const TimelinePoint& point : timeline.points) {
        for (const auto& entry : point.entries) {
            const TimelineProcess& process = timeline.processes[entry.process];
            auto [found, fresh] = by_process.try_emplace(entry.process);
            Span& span = found->second;
            if (fresh) span = {process.pid, process.program, point.seconds, 0, {{"end", "last seen alive"}}};
            span.end = point.seconds;
        }
    }
    for (auto& [process, span] : by_process) spans.push_back(std::move(span));
    return spans;
}

void add_comparison(const JsonPlace& document, const std::string& prefix, Trace& trace) {
    for (const JsonPlace& allocator : document.list("allocators")) {
        const bool recorded = allocator.has("recorded_run") && allocator.at("recorded_run").has("timeline");
        const JsonPlace source = recorded ? allocator.at("recorded_run") : allocator;
        if (!source.has("timeline")) continue;
        const Timeline timeline = timeline_from(source.at("timeline"));
        std::vector<Span> spans;
        if (recorded) spans = spans_of_recorded(source, timeline);
        trace.add_run(prefix + printable(allocator.text("label")), std::move(spans), timeline);
    }
}

}  // namespace

std::string trace_events(const Json& json, const std::string& name) {
    const JsonPlace document(json, name + ":");
    const std::string schema = document.text_or("schema", "");
    Trace trace;
    if (schema == "morpharena.run") {
        const Timeline timeline =
            document.has("timeline") ? timeline_from(document.at("timeline")) : Timeline{};
        trace.add_run(printable(document.text_or("mode", "")), spans_of_processes(document, timeline),
                      timeline);
    } else if (schema == "morpharena.compare") {
        add_comparison(document, "", trace);
    } else if (schema == "morpharena.sweep") {
        std::size_t number = 0;
        for (const JsonPlace& one : document.list("comparisons")) {
            add_comparison(one, fmt::format("{}. ", ++number), trace);
        }
    } else {
        document.refuse(fmt::format(
            "schema '{}' has no timeline; right is morpharena.run or morpharena.compare", printable(schema)));
    }
    return std::move(trace).text(document);
}

}  // namespace morpharena::tool
