#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "tools/cli.h"
#include "tools/compare.h"
#include "tools/compare_report.h"
#include "tools/exit_code.h"
#include "tools/printable.h"
#include "tools/progress.h"
#include "tools/result_files.h"
#include "tools/size_text.h"
#include "tools/table.h"

namespace morpharena::tool {
namespace {

constexpr const char* kDefaultList = "glibc,mimalloc,arena";

struct CompareOptions {
    std::string allocators;
    std::string runs = "5";
    std::string memory;
    ResultOptions results;
    std::string linger = "5";
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

// Those named must be there; of the default list, those that are not installed are left out with a word.
std::vector<Allocator> chosen_allocators(const std::string& list) {
    const Resolver resolver = Resolver::for_this_program();
    std::vector<Allocator> chosen;
    for (const std::string& name : split_list(list.empty() ? kDefaultList : list)) {
        Allocator allocator;
        std::string reason;
        if (!list.empty()) {
            chosen.push_back(resolver.resolve(name));
        } else if (resolver.try_resolve(name, allocator, reason)) {
            chosen.push_back(std::move(allocator));
        } else {
            fmt::print(stderr, "morpharena: note: {} is left out: {}\n", name, printable(reason));
        }
    }
    if (chosen.size() < 2) {
        throw BadInput(
            fmt::format("--allocators {}: a comparison needs at least two of {}, or paths of .so files",
                        printable(list), allocator_names()));
    }
    return chosen;
}

// The end of what the first failing run of each allocator wrote to stderr.
void show_failures(const Comparison& comparison) {
    constexpr std::size_t kMostBytes = 1500;
    std::vector<bool> shown(comparison.labels.size());
    for (const CompareRun& run : comparison.runs) {
        if (run.result.outcome.ok() || shown[run.allocator]) continue;
        shown[run.allocator] = true;
        std::string tail = run.result.stderr_tail;
        if (tail.size() > kMostBytes) tail = "..." + tail.substr(tail.size() - kMostBytes);
        if (!tail.empty() && tail.back() != '\n') tail += '\n';
        fmt::print(stderr, "morpharena: {}: {}{}\n{}", printable(comparison.labels[run.allocator]),
                   describe(run.result.outcome),
                   tail.empty() ? "" : "; its stderr ends:", printable(tail, true));
    }
}

int compare_command(const CompareOptions& options, const Invocation& invocation) {
    require_command(invocation, "compare");
    ComparePlan plan;
    plan.command = invocation.command;
    plan.rounds = parse_rounds(options.runs);
    plan.memory_limit = parse_memory(options.memory);
    plan.linger = parse_linger(options.linger);
    plan.streams = options.show_output ? Streams::show : Streams::discard;
    const ResultFiles results(options.results);
    plan.timelines = !results.empty();
    plan.allocators = chosen_allocators(options.allocators);
    Interrupts interrupts;  // from here on there is something to clean up
    const auto place = place_for_runs(plan.memory_limit.has_value());
    plan.place = place ? &*place : nullptr;
    mention_preload();

    Progress progress;
    const Comparison comparison =
        compare(plan, interrupts, [&](std::size_t done, std::size_t total, const std::string& what) {
            progress.show(done, total, what);
        });
    progress.clear();
    show_failures(comparison);
    if (comparison.hopeless) {
        fmt::print(stderr, "morpharena: no allocator survived the warm-up; nothing was measured\n");
    }
    const Host host = this_host();
    // A result that goes to stdout must be alone there.
    std::FILE* table_to = results.on_stdout() ? stderr : stdout;
    deliver(compare_text(comparison, host, wants_colour(::fileno(table_to))), table_to, results,
            [&] { return compare_json(comparison, host); });
    return exit_code_for(comparison);
}

}  // namespace

void add_compare(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<CompareOptions>();
    CLI::App* sub =
        app.add_subcommand("compare", "the same command under several allocators: time, memory, outcome");
    set_usage(*sub, "morpharena compare [OPTIONS] -- COMMAND [ARGUMENTS]");
    sub->add_option(
        "--allocators", options->allocators,
        fmt::format("comma-separated, the first is what the others are compared with: {}, or paths of "
                    ".so files (default {}, as far as installed)",
                    allocator_names(), kDefaultList));
    sub->add_option("--runs", options->runs,
                    "rounds: each allocator runs once a round (default 5, at least 2)");
    sub->add_option("--memory", options->memory,
                    "memory limit of the tree, no swap, such as 8G (a memory cgroup)");
    add_result_options(*sub, options->results);
    sub->add_option("--linger", options->linger,
                    "seconds for which processes may outlive the command before they are ended (default 5)");
    sub->add_flag("--show-output", options->show_output,
                  "let the command write (else only the stderr of failures is shown)");
    std::string footer = "Method: " + compare_method() + "\n\nMetrics, of the whole process tree:\n";
    for (const MetricInfo& metric : kMetrics) footer += fmt::format("  {:18} {}\n", metric.name, metric.help);
    sub->footer(footer +
                "\nAllocators of ours get one extra run with records, for the table by program; the timed "
                "runs keep none.");
    sub->callback([options, &invocation] {
        invocation.action = [options, &invocation] { return compare_command(*options, invocation); };
    });
}

}  // namespace morpharena::tool
