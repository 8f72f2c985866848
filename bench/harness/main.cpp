// morpharena-bench: allocation patterns under several allocators, in pairs, beside the physical limit.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstring>
#include <memory>

#include "bench/harness/fast_paths.h"
#include "bench/harness/options.h"
#include "bench/harness/report.h"
#include "bench/workloads/rows.h"
#include "tools/exit_code.h"
#include "tools/output_file.h"
#include "tools/printable.h"
#include "tools/probe.h"
#include "tools/progress.h"
#include "tools/table.h"

namespace {

using namespace morpharena::bench;
using namespace morpharena::tool;

void list_workloads() {
    for (const WorkloadInfo& info : kWorkloads) {
        fmt::print("{:18} {} ({}{})\n", info.name, info.summary, info.count,
                   info.size == 0 ? "" : fmt::format(" x {} B", info.size));
    }
}

int measure(const Words& words, const std::string& json_path) {
    const auto json = json_path.empty() ? nullptr : std::make_unique<OutputFile>(json_path);
    Plan plan = plan_of(words, Resolver::for_this_program());
    Interrupts interrupts;  // from here on there is something to clean up
    std::vector<std::optional<PagesSeen>> pages;
    {
        Programs programs(interrupts);
        for (const Subject& subject : plan.subjects) pages.push_back(see_pages(subject, programs));
    }
    Progress progress;
    const Study study = run_study(std::move(plan), interrupts,
                                  [&](std::size_t done, std::size_t total, const std::string& what) {
                                      progress.show(done, total, what);
                                  });
    progress.clear();

    const Host host = this_host();
    // A result that goes to stdout must be JSON and nothing else.
    std::FILE* table_to = json && json->is_stdout() ? stderr : stdout;
    const bool colour = wants_colour(::fileno(table_to));
    fmt::print(table_to, "{}\n\n{}", describe(host), subjects_text(study, pages, colour));
    bool failed = false;
    for (const CaseResult& result : study.results) {
        fmt::print(table_to, "\n{}", case_text(study, result, colour));
        for (const Series& series : result.series) failed = failed || !series.failure.empty();
    }
    if (json) json->write(study_json(study, pages, host));
    return study.interrupted ? kInterrupted : failed ? kCommandFailed : kOk;
}

int measure_fast_paths(const Words& words, const std::string& json_path) {
    const auto json = json_path.empty() ? nullptr : std::make_unique<OutputFile>(json_path);
    const Plan plan = plan_of(words, Resolver::for_this_program());
    Interrupts interrupts;
    Programs programs(interrupts);
    Progress progress;
    const FastPaths paths = run_fast_paths(plan.subjects, plan.rounds, programs,
                                           [&](std::size_t done, std::size_t total, const std::string& what) {
                                               progress.show(done, total, what);
                                           });
    progress.clear();
    if (!paths.failure.empty()) {
        fmt::print(stderr, "morpharena-bench: {}\n", paths.failure);
        return paths.interrupted ? kInterrupted : kCommandFailed;
    }
    std::FILE* table_to = json && json->is_stdout() ? stderr : stdout;
    fmt::print(table_to, "{}\n\n{}", describe(this_host()),
               fast_paths_text(paths, plan.subjects, wants_colour(::fileno(table_to))));
    if (json) json->write(fast_paths_json(paths, plan.subjects));
    return kOk;
}

int command_line(int argc, char** argv) {
    CLI::App app(
        "morpharena-bench: allocation patterns under several allocators, in interleaved pairs of fresh "
        "processes,\n"
        "beside the physical limit.",
        "morpharena-bench");
    Words words;
    std::string json;
    bool list = false, fast_paths = false;
    app.add_option(
        "ALLOCATOR", words.allocators,
        fmt::format(
            "[LABEL=]NAME or [LABEL=]PATH, then ,VARIABLE:VALUE as often as wanted; the first is what "
            "the others are compared with. Names: {} (default: all that are installed)",
            allocator_names()));
    app.add_option("--workloads", words.workloads, "comma-separated names (default all); see --list");
    app.add_option("--state", words.states, "cold, warm or both (default cold,warm)");
    app.add_option("--count", words.counts, "lengths, comma-separated (default: the workload's own)");
    app.add_option("--size", words.sizes,
                   "bytes an object, comma-separated, where the workload has one size");
    app.add_option("--threads", words.threads,
                   "numbers of threads, comma-separated; each does all (default 1)");
    app.add_option("--runs", words.rounds,
                   "rounds: each allocator runs once a round (default 11, at least 6)");
    app.add_option("--warm-rounds", words.warm_rounds, "timed rounds within a warm run (default 3)");
    app.add_option("--versus", words.versus, "the label of a second allocator to compare all with");
    app.add_option(
        "--by", words.by,
        "the time that ratios are made of: wall (default), or cpu, user and system together, which other "
        "load on the machine disturbs less");
    app.add_flag("--no-touch", words.no_touch, "do not write to the objects: malloc's own time");
    app.add_flag("--no-limit", words.no_limit, "do not measure first touch beside cold figures");
    app.add_option("--json", json, "write every figure as JSON to this file, - for stdout");
    app.add_flag("--list", list, "say which workloads there are");
    app.add_flag(
        "--fast-paths", fast_paths,
        "instead of workloads, malloc's entry points in a loop (Google Benchmark), nanoseconds a call");
    app.footer("Method: " + study_method() +
               "\n\nExample: two builds of ours against two peers\n"
               "  morpharena-bench glibc mi3=/opt/libmimalloc.so.3 pool "
               "old=/tmp/libmorpharena.so,MORPHARENA_MODE:pool \\\n"
               "    --workloads churn,lifo_scratch --state warm --versus mi3");
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        fmt::print("{}", app.help());
        return kOk;
    } catch (const CLI::ParseError& error) {
        throw BadInput(printable(error.what()) + " (see --help)");
    }
    if (list) return list_workloads(), kOk;
    return fast_paths ? measure_fast_paths(words, json) : measure(words, json);
}

}  // namespace

int main(int argc, char** argv) {
    // How probe_preload asks a copy of us whether it runs under a library.
    if (argc == 4 && std::strcmp(argv[1], kProbeArgument) == 0) return answer_probe(argv[2], argv[3]);
    try {
        return command_line(argc, argv);
    } catch (const BadInput& error) {
        fmt::print(stderr, "morpharena-bench: {}\n", error.what());
        return kBadInput;
    }
}
