// Parts of a report that only some documents have: what of the tree the library reached, and where each
// allocator's frontier lies.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/json_place.h"

namespace morpharena::tool {

struct ReachRow {
    std::string reach;  // in words
    std::string program;
    std::uint64_t execs = 0;
    double cpu = 0;          // seconds
    std::uint64_t peak = 0;  // bytes, of the largest; 0: not known
};

struct ReportReach {
    std::vector<ReachRow> rows;  // by processor time
    double outside_share = 0;    // of the processor time
};

// From a "tree"; a process that never called exec counts for the program that it was forked from.
ReportReach reach_from(const JsonPlace& tree);

struct FrontierEdge {
    std::string command;  // as a shell would take it, with the sizes in it
    std::string setting;  // the sizes that were put in, empty without
    std::string label;
    std::optional<std::uint64_t> survives, fails, machine;  // bytes
    std::size_t runs = 0;
    std::size_t confirming = 0;
};

struct FrontierFit {
    std::string label;
    std::string text;  // the line and where it passes 8 GiB
};

// From "points" and "fits" of a frontier.
std::vector<FrontierEdge> edges_from(const JsonPlace& document);
std::vector<FrontierFit> fits_from(const JsonPlace& document);

}  // namespace morpharena::tool
