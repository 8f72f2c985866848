#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

#include "tools/cli.h"
#include "tools/compare.h"
#include "tools/compare_report.h"
#include "tools/condition_options.h"
#include "tools/exit_code.h"
#include "tools/json_lines.h"
#include "tools/printable.h"
#include "tools/progress.h"
#include "tools/result_files.h"
#include "tools/run_options.h"
#include "tools/size_text.h"
#include "tools/standard_streams.h"
#include "tools/sweep.h"
#include "tools/table.h"

namespace morpharena::tool {
namespace {

struct CompareOptions {
    std::string allocators;
    std::string runs;
    std::string until;
    std::string max_time = "600";
    ConditionOptions conditions;
    AroundOptions around;
    std::vector<std::string> parameters;
    std::string baseline;
    std::string title;
    ResultOptions results;
    std::string jsonl;
    bool show_output = false;
};

std::size_t parse_rounds(const std::string& text) {
    const auto rounds = parse_count(text);
    if (!rounds || *rounds < 2 || *rounds > 100'000) {
        throw BadInput(
            fmt::format("--runs {}: right is a whole number from 2 (an interval needs two pairs) to 100000",
                        printable(text)));
    }
    return static_cast<std::size_t>(*rounds);
}

double parse_percent(const std::string& text) {
    char* end = nullptr;
    const double percent = std::strtod(text.c_str(), &end);
    if (*end == '%') ++end;
    if (text.empty() || *end != '\0' || !(percent >= 0.01) || percent > 100) {
        throw BadInput(
            fmt::format("--until {}: right is a percentage from 0.01 to 100, such as 2", printable(text)));
    }
    return percent / 100;
}

// The end of what the first failing run of each allocator wrote to stderr.
void show_failures(const Comparison& comparison) {
    constexpr std::size_t kMostBytes = 1500;
    std::vector<bool> shown(comparison.labels.size());
    for (const CompareRun& run : comparison.runs) {
        if (run.result.outcome.measured() || shown[run.allocator]) continue;
        shown[run.allocator] = true;
        std::string tail = run.result.stderr_tail;
        if (tail.size() > kMostBytes) tail = "..." + tail.substr(tail.size() - kMostBytes);
        if (!tail.empty() && tail.back() != '\n') tail += '\n';
        write_to_stderr(fmt::format("morpharena: {}: {}{}\n{}", printable(comparison.labels[run.allocator]),
                                    describe(run.result.outcome),
                                    tail.empty() ? "" : "; its stderr ends:", printable(tail, true)));
    }
    if (comparison.hopeless) {
        write_to_stderr("morpharena: no allocator survived the warm-up; nothing was measured\n");
    }
}

ComparePlan plan_from(const CompareOptions& options, const Invocation& invocation) {
    constexpr std::size_t kRounds = 5;
    constexpr std::size_t kRoundsBeforeUntil = 6;  // even, for ABBA, and enough for the spread to be known
    ComparePlan plan;
    plan.command = invocation.command;
    plan.title = options.title;
    if (!options.until.empty()) plan.until = parse_percent(options.until);
    plan.rounds = !options.runs.empty() ? parse_rounds(options.runs)
                  : plan.until          ? kRoundsBeforeUntil
                                        : kRounds;
    plan.max_time = parse_seconds("--max-time", options.max_time);
    plan.conditions = parse_conditions(options.conditions);
    plan.around = around_from(options.around);
    plan.streams = options.show_output ? Streams::show : Streams::discard;
    return plan;
}

int compare_command(const CompareOptions& options, const Invocation& invocation) {
    require_command(invocation, "compare");
    require_replaceable_malloc(invocation, "compare");
    ComparePlan plan = plan_from(options, invocation);
    const std::vector<Setting> settings = settings_from("--param", options.parameters, invocation.command);
    std::optional<Baseline> baseline;
    if (!options.baseline.empty()) baseline = read_baseline(options.baseline);
    const ResultFiles results(options.results);
    plan.timelines = !results.empty() || !options.jsonl.empty();
    JsonLines lines(options.jsonl);
    std::string notes = preload_note();
    plan.allocators = chosen_allocators(options.allocators, 2, notes);
    Interrupts interrupts;  // from here on there is something to clean up
    const auto place = find_place(needs_place(plan.conditions), interrupts);
    plan.conditions.place = place ? &*place : nullptr;

    Progress progress("run", std::move(notes));
    const Host host = this_host();
    std::vector<Comparison> comparisons;
    for (const Setting& setting : settings) {
        comparisons.push_back(
            compare(set_in(plan, setting), interrupts,
                    [&](std::size_t done, std::size_t total, const std::string& what) {
                        progress.show(done, total, setting.empty() ? what : describe(setting) + ": " + what);
                    }));
        progress.clear();
        Comparison& comparison = comparisons.back();
        comparison.baseline = baseline;
        show_failures(comparison);
        lines.add(compare_document(comparison, host));
        if (comparison.interrupted || !comparison.stop_reason.empty()) break;
    }
    // A result that goes to stdout must be alone there.
    std::FILE* table_to = results.on_stdout() ? stderr : stdout;
    deliver(sweep_text(comparisons, host, wants_colour(::fileno(table_to))), table_to, results,
            [&] { return text_of(sweep_document(comparisons, host)); });
    lines.throw_problem();
    return exit_code_for(comparisons);
}

}  // namespace

void add_compare(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<CompareOptions>();
    CLI::App* sub =
        app.add_subcommand("compare", "the same command under several allocators: time, memory, outcome");
    set_usage(*sub, "morpharena compare [OPTIONS] -- COMMAND [ARGUMENTS]");
    add_allocators_option(*sub, options->allocators, "the first is what the others are compared with");
    sub->add_option("--runs", options->runs,
                    "rounds: each allocator runs once a round (default 5, at least 2)");
    sub->add_option(
        "--until", options->until,
        "go on (after --runs, default 6) until the interval of wall's ratio reaches no further than "
        "this many per cent from it, for every allocator, or --max-time is over");
    sub->add_option("--max-time", options->max_time, "seconds after which --until gives up (default 600)");
    add_condition_options(*sub, options->conditions, true);
    add_around_options(*sub, options->around, true);
    sub->add_option(
           "--param", options->parameters,
           "name=a,b,c: compare once for each value, put in for {name} in the command (and in --prepare, "
           "--cleanup, --same-output); may be given again, for every combination")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    sub->add_option("--baseline", options->baseline,
                    "hold each allocator to itself in this result of an earlier 'compare --json'");
    add_result_options(*sub, options->results);
    add_lines_options(*sub, options->jsonl, options->title);
    sub->add_flag("--show-output", options->show_output,
                  "let the command write (else only the stderr of failures is shown)");
    std::string footer = "Method: " + compare_method() + "\n\nMetrics, of the whole process tree:\n";
    for (const MetricInfo& metric : kMetrics) footer += fmt::format("  {:18} {}\n", metric.name, metric.help);
    sub->footer(
        footer +
        "\nAllocators of ours get one extra run with records, for the table by program; the timed "
        "runs keep none. In the first of these every program is followed with ptrace besides, and those "
        "that the library does not reach are named.");
    sub->callback([options, &invocation] {
        invocation.action = [options, &invocation] { return compare_command(*options, invocation); };
    });
}

}  // namespace morpharena::tool
