// The command line of a measuring program, read without a malloc: its heap must be as an exec leaves it.
#pragma once

#include <cstddef>

#include "bench/workloads/session.h"

namespace morpharena::bench {

struct Arguments {
    const char* name = nullptr;  // the first word that is no option
    const char* json = nullptr;  // a path; nullptr: stdout
    std::size_t count = 0;       // 0: the workload's own
    std::size_t size = 0;        // 0: the workload's own
    unsigned threads = 1;
    unsigned warm_rounds = 0;  // 0: cold
    bool touch = true;
    bool allow_reset = true;
    bool help = false;
};

// False when a word is wrong; one line on stderr has named it then.
bool parse(int argc, char** argv, Arguments& arguments);

}  // namespace morpharena::bench
