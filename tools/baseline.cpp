#include "tools/baseline.h"

#include <fmt/format.h>

#include "tools/exit_code.h"
#include "tools/host.h"
#include "tools/input_file.h"
#include "tools/json_place.h"
#include "tools/printable.h"

namespace morpharena::tool {
namespace {

[[noreturn]] void refuse(const std::string& file, const std::string& reason) {
    throw BadInput(
        fmt::format("--baseline {}: {}; right is what 'compare --json' wrote", printable(file), reason));
}

Metrics metrics_of(const Json& json) {
    Metrics metrics;
    for (const MetricInfo& info : kMetrics) {
        const auto found = json.find(std::string(info.name));
        if (found != json.end() && found->is_number()) metrics[info.metric] = found->get<double>();
    }
    return metrics;
}

bool is_measured(const Json& run) {
    const std::string verdict = run.at("outcome").at("verdict").get<std::string>();
    return !run.at("warm_up").get<bool>() && (verdict == "ok" || verdict == "output_differs");
}

// What the figures depend on; the name is not among it.
bool is_this_machine(const Json& host) {
    const Json own = json_of(this_host());
    for (const char* key : {"kernel", "cpu", "cpus", "memory_bytes", "glibc", "thp"}) {
        if (host.value(key, Json()) != own.value(key, Json())) return false;
    }
    return true;
}

}  // namespace

Baseline read_baseline(const std::string& file) {
    std::string problem;
    const std::string text = read_input(file, problem);
    if (!problem.empty()) refuse(file, problem);
    const Json document = parse_json(text, "--baseline " + printable(file));
    if (!document.is_object()) refuse(file, "is not one JSON document");
    Baseline baseline;
    baseline.file = file;
    try {
        const std::string schema = document.value("schema", "");
        if (schema != "morpharena.compare")
            refuse(file, fmt::format("its schema is '{}'", printable(schema)));
        baseline.started = document.value("started", "");
        baseline.host = document.at("host").value("name", "");
        baseline.same_machine = is_this_machine(document.at("host"));
        for (const Json& run : document.at("runs")) {
            if (!is_measured(run)) continue;
            baseline.runs[run.at("allocator").get<std::string>()].push_back(metrics_of(run.at("metrics")));
        }
    } catch (const Json::exception& error) {
        refuse(file, printable(error.what()));
    }
    return baseline;
}

}  // namespace morpharena::tool
