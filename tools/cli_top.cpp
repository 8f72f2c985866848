#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "tools/cli.h"
#include "tools/condition_options.h"
#include "tools/exit_code.h"
#include "tools/mode_option.h"
#include "tools/printable.h"
#include "tools/process_table.h"
#include "tools/process_tree.h"
#include "tools/run_directory.h"
#include "tools/size_text.h"
#include "tools/standard_streams.h"
#include "tools/top.h"

namespace morpharena::tool {
namespace fs = std::filesystem;
namespace {

struct TopOptions {
    std::vector<std::string> what;
    std::string interval = "1";
    std::string mode = "arena";
};

[[noreturn]] void refuse_output(int error) {
    throw BadInput(fmt::format("top: the tables cannot be written: {}", std::strerror(error)));
}

struct Looked {
    TreeWatch watch;
    std::string where;
    std::optional<std::int32_t> root;
};

Looked look_at_process(std::int32_t pid) {
    if (!stat_of(pid)) throw BadInput(fmt::format("top {}: no such process (and no such directory)", pid));
    const auto directory = run_directory_of(pid);
    if (!directory) {
        throw BadInput(fmt::format(
            "top {}: neither this process nor one below it keeps a record that we may see; right is a "
            "tree that 'morpharena run' started, or that has MORPHARENA_RUN_DIR set",
            pid));
    }
    return {TreeWatch(*directory, pid), fmt::format("process {} and what is below it", pid), pid};
}

Looked look_at_anything() {
    const auto found = run_directories();
    if (found.empty()) {
        throw BadInput(
            "top: nothing that keeps records is running; right is a run directory, a process id, or -- and a "
            "command");
    }
    if (found.size() > 1) {
        std::string all;
        for (const fs::path& directory : found)
            all += (all.empty() ? "" : ", ") + printable(directory.string());
        throw BadInput("top: several trees are running; right is one of " + all);
    }
    return {TreeWatch(*found.begin()), found.begin()->string(), std::nullopt};
}

Looked looked_at(const std::vector<std::string>& what) {
    if (what.empty()) return look_at_anything();
    if (what.size() > 1) {
        throw BadInput(
            fmt::format("top: {} is one too many; right is one directory or process id", printable(what[1])));
    }
    std::error_code error;
    if (fs::is_directory(what.front(), error)) return {TreeWatch(what.front()), what.front(), std::nullopt};
    const auto pid = parse_count(what.front());
    if (!pid || *pid == 0 || *pid > INT32_MAX) {
        throw BadInput(fmt::format("top {}: neither a directory nor a process id", printable(what.front())));
    }
    return look_at_process(static_cast<std::int32_t>(*pid));
}

int watch_others(const TopOptions& options, std::chrono::milliseconds interval) {
    Looked looked = looked_at(options.what);
    Interrupts interrupts;  // the terminal is given back before we end
    Top top(std::move(looked.watch), looked.where, interval);
    top.begin({});
    while (!interrupts.requested()) {
        top.look();
        // A pipe is served until the tree is over; a person reads on.
        const bool over = looked.root ? !stat_of(*looked.root) : !top.anybody_alive();
        if (over && !top.on_screen()) return kOk;
        if (top.output_error() == EPIPE) return kOk;  // as good as a q
        if (top.output_error() != 0) refuse_output(top.output_error());
        pollfd polled[2] = {{interrupts.fd(), POLLIN, 0}, {top.keys(), POLLIN, 0}};
        ::poll(polled, 2, static_cast<int>(top.until_next().count()));
    }
    return top.asked_to_quit() ? kOk : kInterrupted;
}

// Runs the command with its output out of the way, as the screen is ours meanwhile.
int watch_command(const TopOptions& options, std::chrono::milliseconds interval,
                  const Invocation& invocation) {
    require_command(invocation, "top");
    const Allocator allocator = mode_named(options.mode);
    Launch launched;
    launched.command = invocation.command;
    launched.environment = own_environment();
    launched.streams = Streams::discard;
    apply(allocator, launched.environment);
    Interrupts interrupts;
    const RunDirectory directory = RunDirectory::temporary();
    set_variable(launched.environment, "MORPHARENA_RUN_DIR", directory.path().string());
    const std::string command = shell_words(invocation.command);
    Top top(TreeWatch(directory.path()), command, interval);
    launched.watcher = &top;
    const RunResult result = launch(launched, interrupts);
    top.leave();

    const Records records = directory.new_records();
    const bool colour = wants_colour(STDOUT_FILENO);
    const std::string summary =
        fmt::format("{}: {} after {}\n{}* of the largest process\n", fit(printable(command), 98),
                    describe(result.outcome), seconds_text(result.metrics[Metric::wall].value_or(0)),
                    program_table(by_program(records.processes)).text(colour));
    int error = top.output_error();
    if (error == 0 && (std::fputs(summary.c_str(), stdout) < 0 || std::fflush(stdout) != 0)) error = errno;
    if (!result.outcome.ok() && !result.stderr_tail.empty()) {
        write_to_stderr(
            fmt::format("morpharena: its stderr ends:\n{}\n", printable(result.stderr_tail, true)));
    }
    if (error != 0 && error != EPIPE) refuse_output(error);
    return exit_code_for(result.outcome);
}

}  // namespace

void add_top(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<TopOptions>();
    CLI::App* sub = app.add_subcommand("top", "live counters of a running tree, process by process");
    set_usage(
        *sub,
        "morpharena top [OPTIONS] [DIRECTORY|PID]\n       morpharena top [OPTIONS] -- COMMAND [ARGUMENTS]");
    sub->add_option(
        "what", options->what,
        "a run directory, or a process whose tree keeps records; without: the one tree that is running");
    sub->add_option("--interval", options->interval, "seconds between two looks (default 1)");
    add_mode_option(*sub, options->mode);
    sub->footer(
        "On a terminal: q or Ctrl-C leaves, and ends a command that top itself started. In a pipe: one table "
        "each "
        "interval until the tree is over. The command's own output is thrown away; the end of its stderr is "
        "shown "
        "when it fails. anonymous: resident, less file pages; mapped: what the heap holds of the address "
        "space.");
    sub->callback([options, sub, &invocation] {
        invocation.action = [options, sub, &invocation] {
            const auto interval = parse_seconds("--interval", options->interval);
            if (interval < std::chrono::milliseconds(10)) {
                throw BadInput(
                    fmt::format("--interval {}: right is 0.01 seconds or more", options->interval));
            }
            if (invocation.has_separator && !options->what.empty()) {
                throw BadInput(fmt::format("top: {} and a command; right is one of them",
                                           printable(options->what.front())));
            }
            if (!invocation.has_separator && sub->count("--mode") != 0) {
                throw BadInput(fmt::format(
                    "top --mode {}: what runs already has its mode; right is --mode with -- and a command",
                    printable(options->mode)));
            }
            return invocation.has_separator ? watch_command(*options, interval, invocation)
                                            : watch_others(*options, interval);
        };
    });
}

}  // namespace morpharena::tool
