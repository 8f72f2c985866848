// The processes that the OOM killer ended, with what their records counted up to that moment.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tools/json_parts.h"
#include "tools/outcome.h"
#include "tools/records.h"

namespace morpharena::tool {

// Of the victims that the kernel's log named, the records, where they left one. Where the log could not be
// read: as many as were killed of the processes that nobody announced the end of, largest first.
std::vector<ProcessRecord> victim_records(const Outcome& outcome, std::span<const ProcessRecord> processes);

// A line for each victim; empty when nobody was killed. `problem` is RunResult::victim_problem.
std::string victims_text(const Outcome& outcome, const std::string& problem,
                         std::span<const ProcessRecord> records);

Json json_of_victims(const Outcome& outcome, std::span<const ProcessRecord> records);

}  // namespace morpharena::tool
