// What an arena would hold, told from one run in system mode: there every allocation is counted as the arena
// would lay it out, and memory is given back as ever.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tools/records.h"

namespace morpharena::tool {

// Of one program, its largest process; bytes.
struct ProgramPrediction {
    std::string program;
    std::size_t processes = 0;
    std::uint64_t asked = 0;      // allocated over its life
    std::uint64_t live_peak = 0;  // the most that lived at once
    std::uint64_t held = 0;       // what an arena would keep until its end
    // Resident in an arena: what was resident now, less what lived, plus what would be held. The memory that
    // is not malloc's (code, precompiled headers, a garbage collector's own mappings) stays as it is.
    std::uint64_t resident = 0;
};

struct Prediction {
    std::vector<ProgramPrediction> programs;  // by `resident`, largest first
    // All that ran at once, each with all that it would hold at its end: an upper bound.
    std::uint64_t at_once = 0;
    std::size_t processes = 0;
};

Prediction predict(std::span<const ProcessRecord> processes);

// Fits 100 columns; judged against `memory` bytes.
std::string prediction_text(const Prediction& prediction, std::uint64_t memory, bool colour);

}  // namespace morpharena::tool
