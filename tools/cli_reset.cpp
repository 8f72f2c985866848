#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "tools/cli.h"
#include "tools/exit_code.h"
#include "tools/printable.h"
#include "tools/reset.h"
#include "tools/size_text.h"
#include "tools/standard_streams.h"

namespace morpharena::tool {
namespace {

struct ResetOptions {
    std::vector<std::string> pids;
    std::string run_dir;
};

std::string run_directory(const ResetOptions& options) {
    if (!options.run_dir.empty()) return options.run_dir;
    const char* given = std::getenv("MORPHARENA_RUN_DIR");
    if (given == nullptr || *given == '\0') {
        throw BadInput(
            "reset: where are the records? right is --run-dir DIR, or MORPHARENA_RUN_DIR in the environment");
    }
    return given;
}

std::vector<std::int32_t> parse_pids(const std::vector<std::string>& words) {
    if (words.empty()) throw BadInput("reset: whom? right is one process id or more");
    std::vector<std::int32_t> pids;
    for (const std::string& word : words) {
        const auto pid = parse_count(word);
        if (!pid || *pid == 0 || *pid > INT32_MAX)
            throw BadInput(fmt::format("reset {}: not a process id", printable(word)));
        pids.push_back(static_cast<std::int32_t>(*pid));
    }
    return pids;
}

int reset(const ResetOptions& options) {
    const std::vector<std::int32_t> pids = parse_pids(options.pids);
    const std::string directory = run_directory(options);
    int code = kOk;
    for (const std::int32_t pid : pids) {
        const std::string refusal = ask_for_reset(directory, pid);
        if (refusal.empty()) continue;
        write_to_stderr(fmt::format("morpharena: reset {}: it {}\n", pid, refusal));
        code = kBadInput;
    }
    return code;
}

}  // namespace

void add_reset(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<ResetOptions>();
    CLI::App* sub = app.add_subcommand("reset", "ask running processes to reset their arena");
    set_usage(*sub, "morpharena reset [OPTIONS] PID...");
    sub->add_option("pids", options->pids, "processes that run under the library with a reset signal");
    sub->add_option("--run-dir", options->run_dir,
                    "where they keep their records (default: $MORPHARENA_RUN_DIR)");
    sub->footer(
        "A process is prepared when it was started with MORPHARENA_RESET_SIGNAL (and MORPHARENA_RUN_DIR). "
        "Its "
        "threads honour the request when they next need memory. Nobody else is sent the signal, which would "
        "end them: such a process id is named on stderr, and the exit status is 2. A program that handles "
        "the same signal itself gets it, and no reset takes place.");
    sub->callback([options, &invocation] {
        if (invocation.has_separator)
            options->pids.insert(options->pids.end(), invocation.command.begin(), invocation.command.end());
        invocation.action = [options] { return reset(*options); };
    });
}

}  // namespace morpharena::tool
