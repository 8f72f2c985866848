// The microbenchmarks of bench/fast_paths.cpp under several allocators in turn.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bench/harness/programs.h"
#include "bench/harness/progress_report.h"
#include "bench/harness/subject.h"

namespace morpharena::bench {

struct FastPaths {
    std::vector<std::string> names;  // of the microbenchmarks, as the program lists them
    // Nanoseconds of processor time an iteration: by subject, by name, by round.
    std::vector<std::map<std::string, std::vector<double>>> ns;
    std::string failure;  // of the run that ended it; empty when all went well
    bool interrupted = false;
};

FastPaths run_fast_paths(const std::vector<Subject>& subjects, std::size_t rounds, Programs& programs,
                         const ProgressReport& progress);

// A row a microbenchmark, two columns a subject: nanoseconds, and the ratio to the first subject.
std::string fast_paths_text(const FastPaths& paths, const std::vector<Subject>& subjects, bool colour);
std::string fast_paths_json(const FastPaths& paths, const std::vector<Subject>& subjects);

}  // namespace morpharena::bench
