#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <span>

#include "tools/cli.h"
#include "tools/exit_code.h"
#include "tools/observed_run.h"
#include "tools/printable.h"
#include "tools/process_table.h"
#include "tools/program_file.h"
#include "tools/reset.h"
#include "tools/result_files.h"
#include "tools/standard_streams.h"
#include "tools/tree_sampler.h"
#include "tools/victims.h"

namespace morpharena::tool {
namespace fs = std::filesystem;
namespace {

constexpr unsigned kSchemaVersion = 1;  // of morpharena.run

struct RunOptions : ObservedRunOptions {
    std::string stats;
    ResultOptions results;
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
        const auto shown = std::span(odd).first(std::min(odd.size(), kMostRows));
        text +=
            "\nEnded without exit(), or brought a malloc of their own:\n" + process_table(shown).text(colour);
        if (shown.size() < odd.size()) text += fmt::format("and {} more\n", odd.size() - shown.size());
    }
    return text + kLegend;
}

std::string summary_text(const ObservedRun& run, bool colour) {
    const RunResult& result = run.result();
    const Records& records = run.records();
    std::string text = run.head_text("run") + "\n";
    text += victims_text(result.outcome, result.victim_problem,
                         victim_records(result.outcome, records.processes));
    text += records_text(records, colour);
    if (run.tree()) {
        text += "\n" + account_text(*run.tree(), colour) + "Times were taken while ptrace looked on.\n";
    } else {
        text += run.recorded_share(
            "The rest: programs without the\nlibrary (static, set-user-ID) and what ran before exec. --tree "
            "names them.");
    }
    if (!result.trace_problem.empty()) text += "--tree: " + result.trace_problem + "\n";
    for (const std::string& complaint : complaints_in(records.processes)) text += complaint + "\n";
    for (const Damage& line : records.not_begun) text += line + "\n";
    for (const Damage& damage : records.damaged) text += damage + "\n";
    if (result.outlived != 0) {
        text +=
            fmt::format("{} process{} outlived the command and {} ended (see --linger)\n", result.outlived,
                        result.outlived == 1 ? "" : "es", result.outlived == 1 ? "was" : "were");
    }
    return text;
}

std::string run_json(const ObservedRun& run, const Timeline& timeline,
                     std::optional<std::uint64_t> reset_signals) {
    const Records& records = run.records();
    const Outcome& outcome = run.result().outcome;
    Json head = run.json_head("morpharena.run", kSchemaVersion);
    head["outcome"]["victims"] = json_of_victims(outcome, victim_records(outcome, records.processes));
    head["tree"] = run.tree() ? json_of(*run.tree()) : Json();
    head["recorded_cpu"] = recorded_cpu(records.processes);
    head["timeline"] = json_of(timeline);
    head["reset_signals"] = reset_signals ? Json(*reset_signals) : Json();
    head["complaints"] = complaints_in(records.processes);
    head["not_begun"] = records.not_begun;
    head["damaged"] = records.damaged;
    return with_processes(head, records.processes);
}

// Preloaded before a sanitizer's run-time, any library makes it end the program.
void leave_sanitizer_alone(ObservedRun& run, const std::string& word) {
    const std::string sanitizer = needed_sanitizer(word);
    if (sanitizer.empty()) return;
    run.leave_out_library();
    write_to_stderr(fmt::format(
        "morpharena: note: {} needs {}, which brings a malloc and must come first: it runs without ours\n",
        printable(word), printable(sanitizer)));
}

int run(const RunOptions& options, const Invocation& invocation) {
    require_command(invocation, "run");
    ObservedRun run(options, invocation.command);
    leave_sanitizer_alone(run, invocation.command.front());
    if (!options.stats.empty()) {
        set_variable(run.environment(), "MORPHARENA_STATS", stats_template(options.stats));
    }
    const auto reset_every = prepare_resets(options, run.environment());
    const ResultFiles results(options.results);
    std::optional<TreeSampler> sampler;  // what nobody will read is not looked at
    std::optional<PeriodicReset> resets;
    run.run([&](const fs::path& directory) -> TreeWatcher* {
        if (!results.empty()) sampler.emplace(directory);
        TreeWatcher* watcher = sampler ? &*sampler : nullptr;
        return reset_every ? &resets.emplace(directory, *reset_every, watcher) : watcher;
    });
    const Timeline timeline = sampler ? sampler->finish() : Timeline{};
    std::string text = summary_text(run, wants_colour(STDERR_FILENO));
    std::optional<std::uint64_t> reset_signals;
    if (resets) {
        reset_signals = resets->sent();
        text += fmt::format("--reset-every: {} reset signals were sent\n", *reset_signals);
    }
    deliver(text, stderr, results, [&] { return run_json(run, timeline, reset_signals); });
    return exit_code_for(run.result().outcome);
}

}  // namespace

void add_run(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<RunOptions>();
    CLI::App* sub =
        app.add_subcommand("run", "one run in the arena: every process below the command, and what it held");
    set_usage(*sub, "morpharena run [OPTIONS] -- COMMAND [ARGUMENTS]");
    add_observed_run_options(*sub, *options);
    sub->add_option(
        "--stats", options->stats,
        "let each process write a dump at its end: stderr, or a file name with %e (program), %p (pid), "
        "%n (serial); JSON when it ends in .json");
    add_result_options(*sub, options->results);
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
