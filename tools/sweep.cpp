#include "tools/sweep.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/exit_code.h"
#include "tools/printable.h"
#include "tools/table.h"

namespace morpharena::tool {
namespace {

// What the parameter did to each allocator, metric by metric.
std::string summary(const std::vector<Comparison>& comparisons, bool colour) {
    Table table({{"metric", Align::left},
                 {"parameter", Align::left, 30},
                 {"allocator", Align::left, 24},
                 {"median"},
                 {"ratio"},
                 {"95 % interval"}});
    for (const Metric metric : {Metric::wall, Metric::instructions, Metric::peak_memory}) {
        const MetricInfo& info = kMetrics[static_cast<std::size_t>(metric)];
        for (const Comparison& comparison : comparisons) {
            for (std::size_t i = 0; i < comparison.labels.size(); ++i) {
                const auto value = median_of(comparison, i, metric);
                if (!value) continue;
                const auto ratio = i == 0 ? std::nullopt : ratio_of(comparison, i, info);
                std::vector<Cell> row = {{std::string(info.title)},
                                         {describe(comparison.plan.setting)},
                                         {comparison.labels[i]},
                                         {quantity_text(info.unit, *value)}};
                const std::vector<Cell> cells = i == 0 ? std::vector<Cell>{{"1"}} : ratio_cells(ratio);
                row.insert(row.end(), cells.begin(), cells.end());
                table.add(std::move(row));
            }
        }
    }
    return table.text(colour);
}

}  // namespace

std::vector<Setting> settings_from(const char* option, const std::vector<std::string>& texts,
                                   const std::vector<std::string>& command) {
    std::vector<Parameter> parameters;
    for (const std::string& text : texts) {
        Parameter parameter = parse_parameter(option, text, command);
        if (std::any_of(parameters.begin(), parameters.end(),
                        [&](const Parameter& known) { return known.name == parameter.name; })) {
            throw BadInput(fmt::format("{} {}: {} was given already; right is one list of its values", option,
                                       printable(text), printable(parameter.name)));
        }
        parameters.push_back(std::move(parameter));
    }
    return settings_of(parameters);
}

ComparePlan set_in(ComparePlan plan, const Setting& setting) {
    plan.setting = setting;
    plan.command = substitute(std::move(plan.command), setting);
    plan.around.prepare = substitute(std::move(plan.around.prepare), setting);
    plan.around.cleanup = substitute(std::move(plan.around.cleanup), setting);
    plan.around.outputs = substitute(std::move(plan.around.outputs), setting);
    return plan;
}

std::string sweep_text(const std::vector<Comparison>& comparisons, const Host& host, bool colour) {
    std::string text;
    for (const Comparison& comparison : comparisons) text += compare_text(comparison, host, colour);
    if (comparisons.size() > 1) text += "\nOver the parameter:\n" + summary(comparisons, colour);
    return text;
}

Json sweep_document(const std::vector<Comparison>& comparisons, const Host& host) {
    if (comparisons.size() == 1) return compare_document(comparisons.front(), host);
    constexpr unsigned kSchemaVersion = 1;
    Json document = document_head("morpharena.sweep", kSchemaVersion);
    document["comparisons"] = Json::array();
    for (const Comparison& comparison : comparisons) {
        document["comparisons"].push_back(compare_document(comparison, host));
    }
    return document;
}

int exit_code_for(const std::vector<Comparison>& comparisons) {
    int worst = kOk;
    for (const Comparison& comparison : comparisons) {
        const int code = exit_code_for(comparison);
        if (code == kInterrupted || code == kBadInput) return code;
        worst = std::max(worst, code);  // OOM before failure before ok
    }
    return worst;
}

}  // namespace morpharena::tool
