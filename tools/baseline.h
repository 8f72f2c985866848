// An earlier comparison to which a new one is held.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tools/metrics.h"

namespace morpharena::tool {

struct Baseline {
    std::string file;
    std::string started;  // when it was measured
    std::string host;     // its name; empty where the document is too old to say
    bool same_machine = true;
    // By the allocator's label: of each metric, the timed runs that succeeded.
    std::map<std::string, std::vector<Metrics>> runs;
};

// Reads a document of schema morpharena.compare, as --json wrote it. BadInput when the file is something
// else.
Baseline read_baseline(const std::string& file);

}  // namespace morpharena::tool
