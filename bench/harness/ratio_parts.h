// How figures and ratios look in every table and document of a benchmark.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/json_parts.h"
#include "tools/statistics.h"
#include "tools/table.h"

namespace morpharena::bench {

std::string nanoseconds_text(double ns);

// A cell with the ratio, and one with its interval where that is wanted; coloured by what they show.
void add_ratio(std::vector<tool::Cell>& row, const std::optional<tool::Ratio>& ratio, bool with_interval);

tool::Json json_of_ratio(const std::optional<tool::Ratio>& ratio);  // null for none

}  // namespace morpharena::bench
