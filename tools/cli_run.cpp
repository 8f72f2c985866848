#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "tools/allocators.h"
#include "tools/cli.h"
#include "tools/condition_options.h"
#include "tools/exit_code.h"
#include "tools/json_parts.h"
#include "tools/launch.h"
#include "tools/mode_option.h"
#include "tools/printable.h"
#include "tools/process_table.h"
#include "tools/program_file.h"
#include "tools/reset.h"
#include "tools/result_files.h"
#include "tools/run_directory.h"
#include "tools/size_text.h"
#include "tools/tree_account.h"
#include "tools/tree_sampler.h"
#include "tools/victims.h"

namespace morpharena::tool {
namespace fs = std::filesystem;
namespace {

constexpr unsigned kSchemaVersion = 1;  // of morpharena.run

struct RunOptions {
    std::string mode = "arena";
    ConditionOptions conditions;
    std::string stats;
    std::string run_dir;
    ResultOptions results;
    bool tree = false;
    std::string reset_every;
};

// The template for MORPHARENA_STATS, absolute: programs change their directory.
std::string stats_template(const std::string& given) {
    if (given == "stderr") return given;
    const fs::path path = fs::absolute(given).lexically_normal();
    const std::string folder = path.parent_path().string();
    if (folder.find('%') == std::string::npos && ::access(folder.c_str(), W_OK | X_OK) != 0) {
        throw BadInput(fmt::format("--stats {}: the directory {} does not exist or cannot be written",
                                   printable(given), printable(folder)));
    }
    return path.string();
}

// The interval, and a signal for each process to be asked with; nothing when nobody wants resets.
std::optional<std::chrono::milliseconds> prepare_resets(const RunOptions& options, Environment& environment) {
    if (options.reset_every.empty()) return std::nullopt;
    const auto interval = parse_seconds("--reset-every", options.reset_every);
    if (interval < std::chrono::milliseconds(10)) {
        throw BadInput(
            fmt::format("--reset-every {}: right is 0.01 seconds or more", printable(options.reset_every)));
    }
    if (options.mode != "arena" && options.mode != "adaptive") {
        throw BadInput(
            fmt::format("--reset-every {}: mode {} has no arena; right is --mode arena or adaptive",
                        printable(options.reset_every), printable(options.mode)));
    }
    // URG, since it ends nobody: a program may have been started by exec between our look and the signal.
    for (const auto& [name, value] :
         {std::pair("MORPHARENA_RESET_SIGNAL", "URG"), {"MORPHARENA_RESET", "safe"}}) {
        if (!variable(environment, name)) set_variable(environment, name, value);
    }
    return interval;
}

// Without a cgroup the figure is the kernel's ru_maxrss, which counts what a process was before its exec: us.
// When nothing was larger than we are, the records know better.
void improve_peak(RunResult& result, const Records& records) {
    rusage own{};
    ::getrusage(RUSAGE_SELF, &own);
    auto& peak = result.metrics[Metric::peak_memory];
    if (result.peak_source != PeakSource::largest_rusage) return;
    if (peak && *peak > static_cast<double>(own.ru_maxrss) * 1024) return;
    std::uint64_t largest = 0;
    for (const ProcessRecord& process : records.processes) largest = std::max(largest, process.peak_rss);
    if (largest == 0) return;
    peak = static_cast<double>(largest);
    result.peak_source = PeakSource::largest_record;
}

// A row a process; of very many, a row a program, and those that ended oddly one by one.
std::string records_text(const Records& records, bool colour) {
    constexpr std::size_t kMostRows = 40;
    const auto& all = records.processes;
    if (all.empty() && records.damaged.empty()) {
        return "No process left a record: what ran is statically linked, set-user-ID, or clears its "
               "environment.\n";
    }
    if (all.empty()) return {};
    constexpr const char* kLegend = "held: what an arena keeps until the end; used: asked / held\n";
    if (all.size() <= kMostRows) return process_table(all).text(colour) + kLegend;

    std::string text = fmt::format(
        "{} processes, by program (each by itself: --run-dir DIR, then morpharena stats DIR)\n", all.size());
    text += program_table(by_program(all)).text(colour);
    text += "* of the largest process\n";
    std::vector<ProcessRecord> odd;
    for (const ProcessRecord& process : all) {
        if (process.bypassed || process.ending == Ending::unannounced) odd.push_back(process);
    }
    if (!odd.empty()) {
        odd.resize(std::min(odd.size(), kMostRows));
        text +=
            "\nEnded without exit(), or brought a malloc of their own:\n" + process_table(odd).text(colour);
    }
    return text + kLegend;
}

// How much of the work the library saw: a Go program such as n0 is static, and no preloading reaches it.
std::string reach_text(const RunResult& result, const Records& records) {
    const auto& cpu = result.metrics[Metric::cpu];
    if (!cpu || *cpu <= 0 || records.processes.empty()) return {};
    const double share = std::min(1.0, recorded_cpu(records.processes) / *cpu);
    return fmt::format(
        "The processes with records used {} of the processor time. The rest: programs without the "
        "library\n(static, set-user-ID), what ran before exec, and the last moments of killed ones. "
        "--tree names them.\n",
        percent_text(share));
}

std::string summary_text(const std::string& mode, const RunResult& result, const Records& records,
                         const Conditions& conditions, const std::optional<TreeAccount>& tree, bool colour) {
    std::string text = fmt::format("\nmorpharena run, mode {}: {}\n", mode, describe(result.outcome));
    for (const std::string& said : {limit_text(conditions), go_text(conditions)}) {
        if (!said.empty()) text += said + "\n";
    }
    std::string line;
    for (const MetricInfo& metric : kMetrics) {
        const auto& value = result.metrics[metric.metric];
        if (!metric.in_table || !value) continue;
        line += fmt::format("{}{} {}", line.empty() ? "" : ", ", metric.title,
                            quantity_text(metric.unit, *value));
    }
    text += line + fmt::format("\nPeak memory is of {}.\n\n", describe(result.peak_source));
    text += victims_text(result.outcome, result.victim_problem,
                         victim_records(result.outcome, records.processes));
    text += records_text(records, colour);
    if (tree) {
        text += "\n" + account_text(*tree, colour) + "Times were taken while ptrace looked on.\n";
    } else {
        text += reach_text(result, records);
    }
    if (!result.trace_problem.empty()) text += "--tree: " + result.trace_problem + "\n";
    for (const Damage& damage : records.damaged) text += damage + "\n";
    if (result.outlived != 0) {
        text +=
            fmt::format("{} process{} outlived the command and {} ended (see --linger)\n", result.outlived,
                        result.outlived == 1 ? "" : "es", result.outlived == 1 ? "was" : "were");
    }
    return text;
}

std::string run_json(const Launch& launch, const Allocator& allocator, const RunResult& result,
                     const Records& records, const Conditions& conditions,
                     const std::optional<TreeAccount>& tree, const Timeline& timeline,
                     std::optional<std::uint64_t> reset_signals) {
    Json head = document_head("morpharena.run", kSchemaVersion);
    head.update({{"command", launch.command},
                 {"mode", allocator.name},
                 {"library", allocator.library},
                 {"host", json_of(this_host())},
                 {"environment", relevant_environment(launch.environment)},
                 {"units", metric_units()}});
    head.update(json_of(conditions));
    head.update(json_of(result));
    head["outcome"]["victims"] =
        json_of_victims(result.outcome, victim_records(result.outcome, records.processes));
    head["tree"] = tree ? json_of(*tree) : Json();
    head["recorded_cpu"] = recorded_cpu(records.processes);
    head["timeline"] = json_of(timeline);
    head["reset_signals"] = reset_signals ? Json(*reset_signals) : Json();
    head["damaged"] = records.damaged;
    return with_processes(head, records.processes);
}

// Preloaded before a sanitizer's run-time, any library makes it end the program.
Allocator unless_sanitized(Allocator allocator, const std::string& word) {
    const std::string sanitizer = needed_sanitizer(word);
    if (sanitizer.empty()) return allocator;
    allocator.library.clear();
    fmt::print(
        stderr,
        "morpharena: note: {} needs {}, which brings a malloc and must come first: it runs without ours\n",
        printable(word), printable(sanitizer));
    return allocator;
}

int run(const RunOptions& options, const Invocation& invocation) {
    require_command(invocation, "run");
    Conditions conditions = parse_conditions(options.conditions);
    const Allocator allocator = unless_sanitized(mode_named(options.mode), invocation.command.front());
    Launch launched;
    launched.command = invocation.command;
    launched.environment = own_environment();
    apply(allocator, launched.environment);
    if (!options.stats.empty()) {
        set_variable(launched.environment, "MORPHARENA_STATS", stats_template(options.stats));
    }
    const auto reset_every = prepare_resets(options, launched.environment);
    const ResultFiles results(options.results);
    Interrupts interrupts;  // from here on there is something to clean up
    const auto place = find_place(needs_place(conditions), interrupts);
    conditions.place = place ? &*place : nullptr;
    const RunDirectory directory =
        options.run_dir.empty() ? RunDirectory::temporary() : RunDirectory::named(options.run_dir);
    set_variable(launched.environment, "MORPHARENA_RUN_DIR", directory.path().string());
    impose(conditions, launched);
    if (options.tree) launched.trace_preload = allocator.library;
    mention_preload();

    std::optional<TreeSampler> sampler;  // what nobody will read is not looked at
    if (!results.empty()) launched.watcher = &sampler.emplace(directory.path());
    std::optional<PeriodicReset> resets;
    if (reset_every) launched.watcher = &resets.emplace(directory.path(), *reset_every, launched.watcher);
    RunResult result = launch(launched, interrupts);
    const Timeline timeline = sampler ? sampler->finish() : Timeline{};
    const Records records = directory.new_records();
    improve_peak(result, records);
    std::optional<TreeAccount> tree;
    if (options.tree && result.trace_problem.empty()) {
        tree = account_for(std::move(result.images), records.processes);
    }
    const bool colour = wants_colour(STDERR_FILENO);
    std::string text = summary_text(allocator.name, result, records, conditions, tree, colour);
    std::optional<std::uint64_t> reset_signals;
    if (resets) {
        reset_signals = resets->sent();
        text += fmt::format("--reset-every: {} reset signals were sent\n", *reset_signals);
    }
    deliver(text, stderr, results, [&] {
        return run_json(launched, allocator, result, records, conditions, tree, timeline, reset_signals);
    });
    return exit_code_for(result.outcome);
}

}  // namespace

void add_run(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<RunOptions>();
    CLI::App* sub =
        app.add_subcommand("run", "one run in the arena: every process below the command, and what it held");
    set_usage(*sub, "morpharena run [OPTIONS] -- COMMAND [ARGUMENTS]");
    add_mode_option(*sub, options->mode);
    sub->add_option(
        "--stats", options->stats,
        "let each process write a dump at its end: stderr, or a file name with %e (program), %p (pid), "
        "%n (serial); JSON when it ends in .json");
    sub->add_option("--run-dir", options->run_dir,
                    "keep the records in this existing directory (default: a temporary one)");
    add_result_options(*sub, options->results);
    add_condition_options(*sub, options->conditions, true);
    sub->add_flag(
        "--tree", options->tree,
        "follow every program that runs with ptrace: which of them the library is in, why not in the "
        "others, and how much of the work lies there; it costs some microseconds at each fork, exec and "
        "exit, and debuggers and leak checkers do not bear it");
    sub->add_option(
        "--reset-every", options->reset_every,
        "each so many seconds (10s) ask the processes that have been there for that long to reset their "
        "arena; they are started with MORPHARENA_RESET_SIGNAL=URG and MORPHARENA_RESET=safe unless the "
        "environment says otherwise. A program that handles that signal itself gets it");
    sub->footer("The command's own input and output are left alone; the summary goes to stderr.");
    sub->callback([options, &invocation] {
        invocation.action = [options, &invocation] { return run(*options, invocation); };
    });
}

}  // namespace morpharena::tool
