#include "tools/report_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "tools/cgroup.h"
#include "tools/outcome.h"
#include "tools/printable.h"
#include "tools/profile_json.h"
#include "tools/report_facts.h"
#include "tools/size_text.h"

namespace morpharena::tool {
namespace {

constexpr std::uint64_t kVersion = 1;  // of each schema below
constexpr std::array kSchemas = {"morpharena.run",   "morpharena.compare",  "morpharena.stats",
                                 "morpharena.sweep", "morpharena.frontier", kProfileSchema};

std::optional<Ratio> ratio_from(const JsonPlace& place) {
    const auto ratio = place.number("ratio"), low = place.number("low"), high = place.number("high");
    if (!ratio || !low || !high) return std::nullopt;
    if (!(*low > 0) || !(*low <= *ratio) || !(*ratio <= *high)) {
        place.refuse("right is 0 < low <= ratio <= high");
    }
    return Ratio{*ratio, *low, *high, static_cast<std::size_t>(place.count("pairs").value_or(0)),
                 place.flag("significant")};
}

Unit unit_from(const std::string& name) {
    if (name == "seconds") return Unit::seconds;
    return name == "bytes" ? Unit::bytes : Unit::count;
}

// Those of our own table first and in its order; a later version's follow.
std::vector<ReportMetric> metrics_from(const JsonPlace& document) {
    std::vector<ReportMetric> metrics;
    if (!document.has("units")) return metrics;
    for (const MetricInfo& known : kMetrics) {
        const std::string name(known.name);
        if (!document.at("units").has(name)) continue;
        metrics.push_back({name, std::string(known.title), known.unit, known.in_table});
    }
    for (const auto& [name, unit] : document.at("units").members()) {
        const auto same = [&name = name](const ReportMetric& metric) { return metric.name == name; };
        if (std::any_of(metrics.begin(), metrics.end(), same)) continue;
        metrics.push_back(
            {name, name, unit_from(unit.node().is_string() ? unit.node().get<std::string>() : ""), false});
    }
    return metrics;
}

std::vector<ProgramTotal> programs_from(const JsonPlace& recorded) {
    std::vector<ProgramTotal> programs;
    for (const JsonPlace& row : recorded.list("programs")) {
        ProgramTotal total;
        total.program = row.text("program");
        total.processes = row.count("processes").value_or(0);
        total.objects = row.count("objects").value_or(0);
        total.payload = row.count("bytes_asked").value_or(0);
        total.held = row.count("bytes_held").value_or(0);
        total.largest_held = row.count("largest_held").value_or(0);
        total.largest_live_peak = row.count("largest_live_peak").value_or(0);
        total.largest_rss = row.count("largest_peak_rss").value_or(0);
        programs.push_back(std::move(total));
    }
    return programs;
}

ReportAllocator allocator_from(const JsonPlace& place, const JsonPlace& document,
                               const std::vector<ReportMetric>& metrics) {
    ReportAllocator allocator;
    allocator.label = place.text("label");
    allocator.version = place.text_or("version", "");
    allocator.library = place.text_or("library", "");
    describe_outcomes(allocator, runs_of(document, allocator.label));
    for (const ReportMetric& metric : metrics) {
        Figure figure;
        if (place.has("metrics") && place.at("metrics").has(metric.name)) {
            const JsonPlace found = place.at("metrics").at(metric.name);
            figure.value = found.number("median");
            if (found.has("to_first")) figure.ratio = ratio_from(found.at("to_first"));
        }
        allocator.figures.push_back(figure);
    }
    if (place.has("recorded_run")) {
        const JsonPlace recorded = place.at("recorded_run");
        if (recorded.has("outcome"))
            allocator.recorded_outcome = describe(outcome_from(recorded.at("outcome")));
        allocator.programs = programs_from(recorded);
        allocator.size_classes = size_classes_from(recorded);
        if (recorded.has("tree")) allocator.reach = reach_from(recorded.at("tree"));
        if (recorded.has("timeline")) allocator.processes = timeline_from(recorded.at("timeline"));
    }
    if (place.has("timeline")) {
        allocator.tree = timeline_from(place.at("timeline"));
        allocator.tree_warm_up = place.at("timeline").count("round") == 0u;
    }
    return allocator;
}

// The programs and the sizes of a run, from the reports of its processes.
void add_processes(const JsonPlace& document, ReportAllocator& allocator) {
    std::vector<ProcessRecord> processes;
    std::vector<SizeClass> sizes;
    for (const JsonPlace& report : document.list("processes")) {
        ProcessRecord process;
        process.program = report.at("process").text_or("program", "?");
        const JsonPlace summary = report.at("summary");
        process.derived.objects = summary.count("objects").value_or(0);
        process.derived.payload = summary.count("payload").value_or(0);
        process.derived.held = summary.count("held").value_or(0);
        process.derived.live_peak = summary.count("live_peak").value_or(0);
        if (report.has("counters")) process.peak_rss = report.at("counters").count("peak_rss").value_or(0);
        processes.push_back(std::move(process));
        const auto classes = size_classes_from(report);
        sizes.insert(sizes.end(), classes.begin(), classes.end());
    }
    allocator.programs = by_program(processes);
    allocator.size_classes = merged(sizes);
}

// A run is a report of one mode.
ReportAllocator mode_from(const JsonPlace& document, const std::vector<ReportMetric>& metrics) {
    ReportAllocator allocator;
    allocator.label = document.text_or("mode", "records");
    allocator.version = document.text_or("morpharena", "");
    allocator.library = document.text_or("library", "");
    if (document.has("outcome")) describe_outcomes(allocator, {document});
    for (const ReportMetric& metric : metrics) {
        allocator.figures.push_back({document.at("metrics").number(metric.name), std::nullopt});
    }
    add_processes(document, allocator);
    if (document.has("tree")) allocator.reach = reach_from(document.at("tree"));
    if (document.has("timeline")) allocator.processes = timeline_from(document.at("timeline"));
    return allocator;
}

// Metrics that nobody could measure would be empty columns.
void drop_empty_metrics(ReportModel& report) {
    for (std::size_t i = report.metrics.size(); i-- > 0;) {
        const auto has = [i](const ReportAllocator& one) { return one.figures[i].value.has_value(); };
        if (std::any_of(report.allocators.begin(), report.allocators.end(), has)) continue;
        const auto at = static_cast<std::ptrdiff_t>(i);
        report.metrics.erase(report.metrics.begin() + at);
        for (ReportAllocator& one : report.allocators) one.figures.erase(one.figures.begin() + at);
    }
}

ReportModel report_from(const JsonPlace& document) {
    ReportModel report;
    report.schema = document.text("schema");
    report.title = document.text_or("title", "");
    report.command = shell_words(document.texts("command"));
    report.started = document.text_or("started", "");
    report.memory_limit = document.count("memory_limit");
    report.interrupted = document.flag("interrupted");
    report.method = document.text_or("method", "");
    if (report.is_frontier()) {
        report.edges = edges_from(document);
        report.fits = fits_from(document);
        for (const JsonPlace& point : document.list("points")) {  // the same but for the sizes put in
            if (report.command.empty()) report.command = shell_words(point.texts("command"));
        }
        if (report.edges.empty()) document.refuse("no points in it");
        report.environment = environment_from(document, report);
        report.notes = notes_from(document);
        return report;
    }
    report.metrics = metrics_from(document);
    if (report.is_comparison()) {
        for (const JsonPlace& place : document.list("allocators")) {
            report.allocators.push_back(allocator_from(place, document, report.metrics));
        }
        report.rounds = rounds_of(document);
    } else {
        report.allocators.push_back(mode_from(document, report.metrics));
        if (report.schema == kProfileSchema) report.profile = profile_from(document);
    }
    if (report.allocators.empty()) document.refuse("no allocators in it");
    drop_empty_metrics(report);
    report.environment = environment_from(document, report);
    report.notes = notes_from(document);
    return report;
}

}  // namespace

std::vector<ReportModel> reports_from(const Json& json, const std::string& name) {
    const JsonPlace document(json, name + ":");
    const std::string schema = document.text_or("schema", "");
    if (std::find(kSchemas.begin(), kSchemas.end(), schema) == kSchemas.end()) {
        document.refuse(fmt::format("schema '{}' is not one that a report is made of; right is {}",
                                    printable(schema), fmt::join(kSchemas, ", ")));
    }
    const auto version = document.count("version");
    if (version != kVersion) {
        document.refuse(fmt::format("version {} of {}; this command reads version {}",
                                    version ? fmt::format("{}", *version) : "(none)", schema, kVersion));
    }
    std::vector<ReportModel> reports;
    if (schema != "morpharena.sweep") {
        reports.push_back(report_from(document));
        return reports;
    }
    for (const JsonPlace& one : document.list("comparisons")) reports.push_back(report_from(one));
    if (reports.empty()) document.refuse("no comparisons in it");
    return reports;
}

}  // namespace morpharena::tool
