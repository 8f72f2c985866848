// One run with what the user wants done around it: prepare, the run, a look at what it built, clean up.
#pragma once

#include <string>
#include <vector>

#include "tools/launch.h"
#include "tools/output_hash.h"

namespace morpharena::tool {

struct Around {
    std::string prepare;               // for sh -c, before each run; empty: nothing
    std::string cleanup;               // after each run, whatever became of it
    std::vector<std::string> outputs;  // files whose hashes are taken after each run
};

// BadInput when `prepare` or `cleanup` fails, or the command cannot be started. What they do is not measured.
RunResult measured_run(const Launch& what, const Around& around, Interrupts& interrupts);

}  // namespace morpharena::tool
