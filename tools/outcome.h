// How a run ended.
#pragma once

#include <cstdint>
#include <string>

namespace morpharena::tool {

enum class Verdict : std::uint32_t { ok, failed, killed, out_of_memory, interrupted };

struct Outcome {
    Verdict verdict = Verdict::ok;
    int status = 0;  // exit status of the command, where it exited
    int signal = 0;  // the signal that ended it, where one did
    std::uint64_t oom_kills = 0;

    bool ok() const { return verdict == Verdict::ok; }
};

// `wait_status` as wait4 gives it. An OOM kill anywhere in the tree is the finding whatever the exit status,
// since a driver such as gcc or make turns a killed child into an ordinary failure, or into none.
Outcome judge(int wait_status, std::uint64_t oom_kills, bool interrupted);

std::string describe(const Outcome& outcome);  // "ok", "failed (exit status 2)", "killed by SIGSEGV", ...
const char* name_of(Verdict verdict);          // the word in JSON
int exit_code_for(const Outcome& outcome);

}  // namespace morpharena::tool
