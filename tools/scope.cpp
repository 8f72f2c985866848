#include "tools/scope.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <vector>

#include "tools/environment.h"
#include "tools/exit_code.h"
#include "tools/launch.h"
#include "tools/printable.h"
#include "tools/probe.h"
#include "tools/small_file.h"
#include "tools/standard_streams.h"

namespace morpharena::tool {
namespace {

constexpr const char* kMark = "MORPHARENA_IN_SCOPE";

std::vector<std::string> scope_words() {
    std::vector<std::string> words = {"systemd-run", "--scope", "--quiet", "--collect", "-p", "Delegate=yes"};
    if (::geteuid() != 0) words.insert(words.begin() + 1, "--user");
    words.emplace_back("--");
    return words;
}

std::vector<std::string> own_arguments() {
    std::istringstream text(read_small_file("/proc/self/cmdline").value_or(""));
    std::vector<std::string> arguments;
    for (std::string word; std::getline(text, word, '\0');) arguments.push_back(word);
    return arguments;
}

}  // namespace

std::string start_anew_in_scope(Interrupts& interrupts) {
    if (std::getenv(kMark) != nullptr) return "a systemd scope did not help";
    // Tried with a command that does nothing: a failing systemd-run would have taken us away for good.
    Launch trial;
    trial.command = scope_words();
    trial.command.emplace_back("true");
    trial.environment = own_environment();
    trial.streams = Streams::discard;
    try {
        const RunResult result = launch(trial, interrupts);
        if (!result.outcome.ok()) {
            std::string said = result.stderr_tail.substr(0, result.stderr_tail.find('\n'));
            return fmt::format("systemd-run --scope: {}",
                               said.empty() ? describe(result.outcome) : printable(said));
        }
    } catch (const BadInput& error) {
        return error.what();
    }
    std::vector<std::string> words = scope_words();
    std::vector<std::string> own = own_arguments();
    if (own.empty()) return "our own arguments cannot be read";
    own.front() = own_executable().string();
    words.insert(words.end(), own.begin(), own.end());
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    ::setenv(kMark, "1", 1);
    ::sigprocmask(SIG_SETMASK, &interrupts.mask_outside(), nullptr);
    restore_write_signals();
    ::execvp(pointers.front(), pointers.data());
    ::unsetenv(kMark);
    return fmt::format("systemd-run: {}", std::strerror(errno));
}

}  // namespace morpharena::tool
