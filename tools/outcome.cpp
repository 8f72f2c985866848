#include "tools/outcome.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstring>

#include "tools/exit_code.h"
#include "tools/printable.h"

namespace morpharena::tool {
namespace {

std::string signal_name(int signal) {
    const char* short_name = ::sigabbrev_np(signal);
    return short_name != nullptr ? fmt::format("SIG{}", short_name) : fmt::format("signal {}", signal);
}

// By name where the kernel's log told, else how many.
std::string victims_text(const Outcome& outcome) {
    if (outcome.victims.empty()) {
        return fmt::format("{} process{}", outcome.oom_kills, outcome.oom_kills == 1 ? "" : "es");
    }
    constexpr std::size_t kMostNames = 3;
    std::vector<std::string> names;
    for (const OomVictim& victim : outcome.victims) {
        if (std::find(names.begin(), names.end(), victim.program) == names.end())
            names.push_back(victim.program);
    }
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), kMostNames); ++i) {
        text += (i == 0 ? "" : ", ") + printable(names[i]);
    }
    return names.size() > kMostNames ? text + ", ..." : text;
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
            return fmt::format("OOM-killed ({})", victims_text(outcome));
        case Verdict::timed_out:
            return "too slow, ended";
        case Verdict::output_differs:
            return fmt::format("output differs ({})", printable(outcome.differing));
    }
    return "?";
}

std::string describe(std::span<const Outcome> outcomes) {
    Outcome killed;  // those of the OOM killer, as one
    killed.verdict = Verdict::out_of_memory;
    for (const Outcome& outcome : outcomes) {
        if (outcome.verdict != killed.verdict) continue;
        killed.victims.insert(killed.victims.end(), outcome.victims.begin(), outcome.victims.end());
    }
    std::vector<std::pair<std::string, int>> counts;
    for (const Outcome& outcome : outcomes) {
        const bool named = outcome.verdict == killed.verdict && !killed.victims.empty();
        const std::string text = describe(named ? killed : outcome);
        const auto found =
            std::find_if(counts.begin(), counts.end(), [&](const auto& c) { return c.first == text; });
        if (found == counts.end()) {
            counts.emplace_back(text, 1);
        } else {
            ++found->second;
        }
    }
    if (counts.empty()) return "not run";
    if (counts.size() == 1) return counts.front().first;
    std::string all;
    for (const auto& [text, count] : counts) {
        all += fmt::format("{}{} {}", all.empty() ? "" : ", ", count, text);
    }
    return all;
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
        case Verdict::timed_out:
            return "timed_out";
        case Verdict::output_differs:
            return "output_differs";
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
        case Verdict::timed_out:
        case Verdict::output_differs:
            return kCommandFailed;
        case Verdict::out_of_memory:
            return kOutOfMemory;
        case Verdict::interrupted:
            return kInterrupted;
    }
    return kCommandFailed;
}

}  // namespace morpharena::tool
