#include "tools/json_parts.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <string_view>

#include "core/base/utf8.h"
#include "tools/timestamp.h"
#include "tools/victims.h"

namespace morpharena::tool {

Json json_of(const Host& host) {
    return {{"name", host.name},
            {"kernel", host.kernel},
            {"cpu", host.cpu},
            {"cpus", host.cpus},
            {"memory_bytes", host.memory},
            {"thp", host.thp},
            {"overcommit", host.overcommit},
            {"cgroup", host.cgroup},
            {"glibc", host.libc}};
}

Json json_of(const Outcome& outcome) {
    return {{"verdict", name_of(outcome.verdict)},
            {"exit_status", outcome.signal == 0 ? Json(outcome.status) : Json()},
            {"signal", outcome.signal != 0 ? Json(outcome.signal) : Json()},
            {"oom_kills", outcome.oom_kills},
            {"victims", json_of_victims(outcome, {})},
            {"differing", outcome.differing.empty() ? Json() : Json(outcome.differing)}};
}

Json json_of(const std::vector<BuiltFile>& outputs) {
    Json json = Json::array();
    for (const BuiltFile& built : outputs) {
        json.push_back({{"file", built.file},
                        {"hash", built.hash ? Json(*built.hash) : Json()},
                        {"written", built.written}});
    }
    return json;
}

Json json_of(const Metrics& metrics) {
    Json json;
    for (const MetricInfo& metric : kMetrics) {
        const auto& value = metrics[metric.metric];
        const std::string key(metric.name);
        if (!value) {
            json[key] = nullptr;
        } else if (metric.unit == Unit::seconds) {
            json[key] = *value;
        } else {
            json[key] = static_cast<std::uint64_t>(*value);
        }
    }
    return json;
}

Json json_of(const RunResult& result) {
    return {{"outcome", json_of(result.outcome)},
            {"metrics", json_of(result.metrics)},
            {"peak_source", name_of(result.peak_source)},
            {"instruction_problem",
             result.instruction_problem.empty() ? Json() : Json(result.instruction_problem)},
            {"outlived", result.outlived},
            {"other_share", result.other_share ? Json(*result.other_share) : Json()},
            {"output", json_of(result.outputs)}};
}

Json json_of(const TreeAccount& account) {
    Json json = {{"how", "ptrace"},
                 {"execs", account.execs},
                 {"cpu", account.cpu},
                 {"outside_cpu", account.outside_cpu},
                 {"outside_peak", account.outside_peak},
                 {"images", Json::array()}};
    const std::int64_t origin = account.images.empty() ? 0 : account.images.front().image.begin_ns;
    const auto seconds = [](std::int64_t ns) { return static_cast<double>(ns) / 1e9; };
    for (const AccountedImage& one : account.images) {
        const TracedImage& image = one.image;
        json["images"].push_back({{"pid", image.pid},
                                  {"parent", image.parent},
                                  {"path", image.path},
                                  {"reach", name_of(one.reach)},
                                  {"detail", one.detail.empty() ? Json() : Json(one.detail)},
                                  {"forked", image.forked},
                                  {"start", seconds(image.begin_ns - origin)},
                                  {"end", seconds(image.end_ns - origin)},
                                  {"cpu", seconds(image.cpu_ns)},
                                  {"peak_rss", image.peak_rss ? Json(*image.peak_rss) : Json()},
                                  {"signal", image.signal != 0 ? Json(image.signal) : Json()}});
    }
    return json;
}

Json json_of(const Conditions& conditions) {
    return {{"memory_limit", conditions.memory_limit ? Json(*conditions.memory_limit) : Json()},
            {"limit_by", conditions.memory_limit ? Json(limit_name(conditions)) : Json()},
            {"go_gc", conditions.go_gc_off ? Json("off") : Json()}};
}

Json json_of(const Setting& setting) {
    Json json = Json::object();
    for (const auto& [name, value] : setting) json[name] = value;
    return json;
}

Json document_head(std::string_view schema, unsigned version) {
    std::error_code error;
    return {{"schema", schema},
            {"version", version},
            {"morpharena", MORPHARENA_VERSION},
            {"id", unique_id()},
            {"directory", std::filesystem::current_path(error).string()}};
}

Json metric_units() {
    Json units;
    for (const MetricInfo& metric : kMetrics) units[std::string(metric.name)] = unit_name(metric.unit);
    return units;
}

Json relevant_environment(const Environment& environment) {
    constexpr std::array<std::string_view, 7> kPrefixes = {
        "MORPHARENA_", "LD_", "GLIBC_TUNABLES", "MALLOC_", "MIMALLOC_", "GOGC=", "GOMEMLIMIT="};
    Json json = Json::object();
    for (const std::string& entry : environment) {
        for (const std::string_view prefix : kPrefixes) {
            if (!entry.starts_with(prefix)) continue;
            const auto equals = entry.find('=');
            json[entry.substr(0, equals)] = entry.substr(equals + 1);
        }
    }
    return json;
}

namespace {

std::string dumped(const Json& document, int indent) {
    const std::string text = document.dump(indent, ' ', false, Json::error_handler_t::replace);
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::string_view rest = std::string_view(text).substr(at);
        const std::size_t length = utf8_length(rest);
        const bool stands = length > 2 || rest.front() == '\n' || !is_control(rest, length);
        if (stands) {
            out += rest.substr(0, length);
        } else {
            out += fmt::format("\\u00{:02x}", static_cast<unsigned char>(rest[length - 1]));
        }
        at += length;
    }
    return out;
}

}  // namespace

std::string text_of(const Json& document) {
    return dumped(document, 2) + "\n";
}

std::string line_of(const Json& document) {
    return dumped(document, -1);
}

std::string with_processes(const Json& head, std::span<const ProcessRecord> processes) {
    std::string text = text_of(head);
    text.erase(text.rfind('\n', text.rfind('}')));  // less the closing brace and the line break before it
    text += ",\n  \"processes\": [";
    bool first = true;
    for (const ProcessRecord& process : processes) {
        std::string report = full_report(process.file, true);
        if (!Json::accept(report)) continue;  // the record went away since it was read
        const Json front = {{"file", process.file.string()}, {"ending", describe(process.ending)}};
        std::string keys = line_of(front);
        keys.back() = ',';
        const auto brace = report.find('{');
        report.replace(0, brace + 1, keys);
        report.erase(report.find_last_not_of('\n') + 1);
        text += (first ? "\n" : ",\n") + report;
        first = false;
    }
    return text + "\n  ]\n}\n";
}

}  // namespace morpharena::tool
