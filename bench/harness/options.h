// The words of morpharena-bench's command line as a plan.
#pragma once

#include <string>
#include <vector>

#include "bench/harness/study.h"

namespace morpharena::bench {

struct Words {
    std::vector<std::string> allocators;
    std::string workloads = "all";
    std::string states = "cold,warm";
    std::string counts, sizes, threads = "1";
    std::string rounds = "11", warm_rounds = "3";
    std::string versus;
    std::string by = "wall";
    bool no_touch = false;
    bool no_limit = false;
};

// BadInput that names the option and the token. Every combination of the lists is a case.
Plan plan_of(const Words& words, const tool::Resolver& resolver);

}  // namespace morpharena::bench
