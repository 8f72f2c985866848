// The tables made from records: one row a process, or one row a program.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tools/records.h"
#include "tools/table.h"

namespace morpharena::tool {

Table process_table(std::span<const ProcessRecord> processes);

// All processes of one program together.
struct ProgramTotal {
    std::string program;
    std::uint64_t processes = 0;
    std::uint64_t objects = 0;       // summed
    std::uint64_t payload = 0;       // bytes asked, summed
    std::uint64_t held = 0;          // summed; with payload it gives the utilization
    std::uint64_t largest_held = 0;  // of one process: what must fit into memory
    std::uint64_t largest_live_peak = 0;
    std::uint64_t largest_rss = 0;
};
// By bytes asked, largest first.
std::vector<ProgramTotal> by_program(std::span<const ProcessRecord> processes);
Table program_table(std::span<const ProgramTotal> programs);

}  // namespace morpharena::tool
