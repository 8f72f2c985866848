#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <utility>

#include "tools/cli.h"
#include "tools/condition_options.h"
#include "tools/exit_code.h"
#include "tools/frontier_report.h"
#include "tools/json_lines.h"
#include "tools/printable.h"
#include "tools/progress.h"
#include "tools/result_files.h"
#include "tools/run_options.h"
#include "tools/size_text.h"
#include "tools/sweep.h"
#include "tools/table.h"

namespace morpharena::tool {
namespace {

struct FrontierOptions {
    std::string allocators;
    std::string tolerance = "5";
    std::string most;
    std::string scale;
    ConditionOptions conditions;
    AroundOptions around;
    ResultOptions results;
    std::string jsonl;
    std::string title;
    bool show_output = false;
};

double parse_tolerance(const std::string& text) {
    const auto percent = parse_count(text);
    if (!percent || *percent < 1 || *percent > 50) {
        throw BadInput(fmt::format("--tolerance {}: right is a whole percentage from 1 to 50, such as 5",
                                   printable(text)));
    }
    return static_cast<double>(*percent) / 100;
}

std::vector<Setting> scale_settings(const FrontierOptions& options, const Invocation& invocation) {
    if (options.scale.empty()) return {{}};
    const std::vector<Setting> settings = settings_from("--scale", {options.scale}, invocation.command);
    for (const Setting& setting : settings) {
        const std::string& value = setting.front().second;
        if (!parse_count(value)) {
            throw BadInput(fmt::format("--scale {}: {} is no whole number, and a line needs numbers",
                                       printable(options.scale), printable(value)));
        }
    }
    return settings;
}

int frontier_command(const FrontierOptions& options, const Invocation& invocation) {
    require_command(invocation, "frontier");
    require_replaceable_malloc(invocation, "frontier");
    FrontierPlan plan;
    plan.tolerance = parse_tolerance(options.tolerance);
    plan.conditions = parse_conditions(options.conditions);
    if (!options.most.empty()) plan.conditions.memory_limit = parse_bytes("--memory", options.most);
    plan.streams = options.show_output ? Streams::show : Streams::discard;
    const std::vector<Setting> settings = scale_settings(options, invocation);
    const ResultFiles results(options.results);
    JsonLines lines(options.jsonl);
    std::string notes = preload_note();
    plan.allocators = chosen_allocators(options.allocators, 1, notes);
    Interrupts interrupts;  // from here on there is something to clean up
    const auto place = find_place(true, interrupts);
    plan.conditions.place = &*place;

    Progress progress("run", std::move(notes));
    const Host host = this_host();
    std::vector<Frontier> frontiers;
    for (const Setting& setting : settings) {
        plan.setting = setting;
        plan.command = substitute(invocation.command, setting);
        plan.around = around_from(options.around);
        plan.around.prepare = substitute(plan.around.prepare, setting);
        plan.around.cleanup = substitute(plan.around.cleanup, setting);
        frontiers.push_back(find_frontier(
            plan, interrupts, [&](std::size_t done, std::size_t total, const std::string& what) {
                progress.show(done, total, setting.empty() ? what : describe(setting) + ": " + what);
            }));
        progress.clear();
        if (frontiers.back().interrupted || !frontiers.back().stop_reason.empty()) break;
    }
    const Json document = frontier_document(frontiers, options.title, host);
    lines.add(document);
    std::FILE* table_to = results.on_stdout() ? stderr : stdout;
    deliver(frontier_text(frontiers, host, wants_colour(::fileno(table_to))), table_to, results,
            [&] { return text_of(document); });
    lines.throw_problem();
    return exit_code_for(frontiers);
}

}  // namespace

void add_frontier(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<FrontierOptions>();
    CLI::App* sub = app.add_subcommand(
        "frontier", "the smallest memory in which the command succeeds, under each allocator");
    set_usage(*sub, "morpharena frontier [OPTIONS] -- COMMAND [ARGUMENTS]");
    add_allocators_option(*sub, options->allocators, "");
    sub->add_option("--tolerance", options->tolerance, "how near to the true edge, in per cent (default 5)");
    sub->add_option("--memory", options->most, "look no higher than this, such as 8G");
    sub->add_option(
        "--scale", options->scale,
        "name=100,200,400: find the edge for each of these sizes, put in for {name} in the command, and "
        "say by a straight line at which size a machine of 8 GB is exceeded");
    add_condition_options(*sub, options->conditions, false);
    add_around_options(*sub, options->around, false);
    add_result_options(*sub, options->results);
    add_lines_options(*sub, options->jsonl, options->title);
    sub->add_flag("--show-output", options->show_output, "let the command write");
    sub->footer(
        "Method: a run without a limit shows the peak; bisection goes on down from there until the limits "
        "that "
        "survive and fail lie within half the tolerance; then two more runs confirm the one and one more the "
        "other. "
        "A limit that failed once is not believed again, unless its failure does not repeat. Limits are "
        "memory "
        "cgroups without swap. A run that takes ten times as long as the first one (and at least 5 s) is "
        "ended and "
        "counts as failed: it lives on re-reading its own programs from disk.");
    sub->callback([options, &invocation] {
        invocation.action = [options, &invocation] { return frontier_command(*options, invocation); };
    });
}

}  // namespace morpharena::tool
