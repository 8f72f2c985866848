// The parts of a report that are words: outcomes, the environment, what the reader must know beside the
// figures.
#pragma once

#include <string>
#include <vector>

#include "tools/json_place.h"
#include "tools/outcome.h"
#include "tools/report_model.h"

namespace morpharena::tool {

Outcome outcome_from(const JsonPlace& place);

// The runs that tell about an allocator: the timed ones, or, when there are none, the warm-up.
std::vector<JsonPlace> runs_of(const JsonPlace& document, const std::string& label);
// Fills outcome, ok, oom and victims from results.
void describe_outcomes(ReportAllocator& allocator, const std::vector<JsonPlace>& results);
// The last round of which a run is kept.
std::size_t rounds_of(const JsonPlace& document);

std::vector<ReportFact> environment_from(const JsonPlace& document, const ReportModel& report);
std::vector<std::string> notes_from(const JsonPlace& document);

}  // namespace morpharena::tool
