// A frontier as people read it and as programs do.
#pragma once

#include <string>
#include <vector>

#include "tools/frontier.h"
#include "tools/host.h"
#include "tools/json_parts.h"
#include "tools/linear_fit.h"

namespace morpharena::tool {

// Over the sizes of a scale, one frontier each: what one allocator needs as a straight line of the size.
struct ScaleFit {
    std::string label;
    std::string parameter;
    std::vector<std::pair<double, double>> points;  // size, bytes
    LinearFit fit;
    std::optional<Crossing> eight_gib;  // the size at which a machine of 8 GiB is exceeded
};
// Of each allocator that has at least two edges; nothing where the sizes are not numbers.
std::vector<ScaleFit> fits_of(const std::vector<Frontier>& frontiers);

// Fits 100 columns.
std::string frontier_text(const std::vector<Frontier>& frontiers, const Host& host, bool colour);
// Schema "morpharena.frontier", described in tools/README.md.
Json frontier_document(const std::vector<Frontier>& frontiers, const std::string& title, const Host& host);
int exit_code_for(const std::vector<Frontier>& frontiers);

}  // namespace morpharena::tool
