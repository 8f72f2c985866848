#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "tools/cli.h"
#include "tools/condition_options.h"
#include "tools/exit_code.h"
#include "tools/json_lines.h"
#include "tools/observed_run.h"
#include "tools/predict.h"
#include "tools/result_files.h"
#include "tools/table.h"

namespace morpharena::tool {
namespace {

constexpr unsigned kSchemaVersion = 1;  // of morpharena.predict

struct PredictOptions {
    std::string memory = "8G";
    ConditionOptions conditions;
    std::string json;
    std::string jsonl;
    std::string title;
};

Json document_of(const ObservedRun& run, const Prediction& prediction, const PredictOptions& options,
                 std::uint64_t memory) {
    Json document = run.json_head("morpharena.predict", kSchemaVersion);
    document["title"] = options.title.empty() ? Json() : Json(options.title);
    document["machine_memory"] = memory;
    document["at_once"] = prediction.at_once;
    document["fits"] = prediction.at_once <= memory;
    document["programs"] = Json::array();
    for (const ProgramPrediction& program : prediction.programs) {
        document["programs"].push_back({{"program", program.program},
                                        {"processes", program.processes},
                                        {"bytes_asked", program.asked},
                                        {"live_peak", program.live_peak},
                                        {"arena_held", program.held},
                                        {"arena_resident", program.resident},
                                        {"fits", program.resident <= memory}});
    }
    return document;
}

int predict_command(const PredictOptions& options, const Invocation& invocation) {
    require_command(invocation, "predict");
    const std::uint64_t memory = parse_bytes("--memory", options.memory);
    const auto json = options.json.empty() ? nullptr : std::make_unique<OutputFile>(options.json);
    JsonLines lines(options.jsonl);
    ObservedRunOptions observed;
    observed.mode = "system";
    observed.conditions = options.conditions;
    ObservedRun run(observed, invocation.command);
    run.run();
    const Outcome& outcome = run.result().outcome;
    const Prediction prediction = predict(run.records().processes);
    const std::string text =
        fmt::format("\nmorpharena predict, one run in system mode: {}\n", describe(outcome)) +
        prediction_text(prediction, memory, wants_colour(STDERR_FILENO));
    const Json document = document_of(run, prediction, options, memory);
    lines.add(document);
    deliver(text, stderr, json.get(), [&] { return text_of(document); });
    lines.throw_problem();
    return exit_code_for(outcome);
}

}  // namespace

void add_predict(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<PredictOptions>();
    CLI::App* sub = app.add_subcommand(
        "predict", "from one ordinary run: what an arena would hold in each program, and whether it fits");
    set_usage(*sub, "morpharena predict [OPTIONS] -- COMMAND [ARGUMENTS]");
    sub->add_option("--memory", options->memory,
                    "the machine to judge by (default 8G); the run itself is not limited");
    add_condition_options(*sub, options->conditions, false);
    sub->add_option("--json", options->json, "write the result as JSON to this file, - for stdout");
    add_lines_options(*sub, options->jsonl, options->title);
    sub->footer(
        "The command's own input and output are left alone; the prediction goes to stderr. Exit status: that "
        "of the "
        "run, whatever is predicted.");
    sub->callback([options, &invocation] {
        invocation.action = [options, &invocation] { return predict_command(*options, invocation); };
    });
}

}  // namespace morpharena::tool
