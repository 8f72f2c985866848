// How a run ended.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tools/oom_log.h"

namespace morpharena::tool {

enum class Verdict : std::uint32_t {
    ok,
    failed,
    killed,
    out_of_memory,
    interrupted,
    timed_out,       // it took longer than it was given, and was ended
    output_differs,  // it succeeded, and built something else than the first allocator's first run
};

struct Outcome {
    Verdict verdict = Verdict::ok;
    int status = 0;  // exit status of the command, where it exited
    int signal = 0;  // the signal that ended it, where one did
    std::uint64_t oom_kills = 0;
    std::vector<OomVictim> victims;  // of the OOM killer, as far as they are known
    std::string differing;           // the first file that differs

    bool ok() const { return verdict == Verdict::ok; }
    // The command did its work to the end, so that its figures count.
    bool measured() const { return ok() || verdict == Verdict::output_differs; }
};

// `wait_status` as wait4 gives it. An OOM kill anywhere in the tree is the finding whatever the exit status,
// since a driver such as gcc or make turns a killed child into an ordinary failure, or into none.
Outcome judge(int wait_status, std::uint64_t oom_kills, bool interrupted);

std::string describe(const Outcome& outcome);  // "ok", "failed (exit status 2)", "OOM-killed (cc1)", ...
// Of several runs: "4 ok, 1 failed (exit status 2)", or what all of them are, or "not run". What the OOM
// killer ended counts as one, with the names of all victims: the kernel's log keeps some back (oom_log.cpp),
// and two runs that died alike must not look as if they had not.
std::string describe(std::span<const Outcome> outcomes);
const char* name_of(Verdict verdict);  // the word in JSON
int exit_code_for(const Outcome& outcome);

}  // namespace morpharena::tool
