#include "tools/outcome.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <csignal>
#include <cstring>

#include "tools/exit_code.h"

namespace morpharena::tool {
namespace {

std::string signal_name(int signal) {
    const char* short_name = ::sigabbrev_np(signal);
    return short_name != nullptr ? fmt::format("SIG{}", short_name) : fmt::format("signal {}", signal);
}

}  // namespace

Outcome judge(int wait_status, std::uint64_t oom_kills, bool interrupted) {
    Outcome outcome;
    outcome.oom_kills = oom_kills;
    if (WIFSIGNALED(wait_status)) {
        outcome.signal = WTERMSIG(wait_status);
        outcome.verdict = Verdict::killed;
    } else {
        outcome.status = WEXITSTATUS(wait_status);
        outcome.verdict = outcome.status == 0 ? Verdict::ok : Verdict::failed;
    }
    if (oom_kills != 0) outcome.verdict = Verdict::out_of_memory;
    if (interrupted) outcome.verdict = Verdict::interrupted;
    return outcome;
}

std::string describe(const Outcome& outcome) {
    switch (outcome.verdict) {
        case Verdict::ok:
            return "ok";
        case Verdict::failed:
            return fmt::format("failed (exit status {})", outcome.status);
        case Verdict::killed:
            return fmt::format("killed by {}", signal_name(outcome.signal));
        case Verdict::interrupted:
            return "interrupted";
        case Verdict::out_of_memory:
            return fmt::format("OOM-killed ({} process{})", outcome.oom_kills,
                               outcome.oom_kills == 1 ? "" : "es");
    }
    return "?";
}

const char* name_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::ok:
            return "ok";
        case Verdict::failed:
            return "failed";
        case Verdict::killed:
            return "killed";
        case Verdict::out_of_memory:
            return "oom_killed";
        case Verdict::interrupted:
            return "interrupted";
    }
    return "?";
}

int exit_code_for(const Outcome& outcome) {
    switch (outcome.verdict) {
        case Verdict::ok:
            return kOk;
        case Verdict::failed:
        case Verdict::killed:
            return kCommandFailed;
        case Verdict::out_of_memory:
            return kOutOfMemory;
        case Verdict::interrupted:
            return kInterrupted;
    }
    return kCommandFailed;
}

}  // namespace morpharena::tool
