// What a report shows, read from a JSON document: the same for Markdown, CSV and HTML, for a run that has
// just ended and for a file of last year.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/json_place.h"
#include "tools/metrics.h"
#include "tools/process_table.h"
#include "tools/profile_model.h"
#include "tools/report_reach.h"
#include "tools/size_classes.h"
#include "tools/statistics.h"
#include "tools/timeline.h"

namespace morpharena::tool {

struct ReportMetric {
    std::string name;  // the key in JSON
    std::string title;
    Unit unit;
    bool in_table;
};

struct Figure {
    std::optional<double> value;  // of compare: the median
    std::optional<Ratio> ratio;   // to the first allocator
};

struct ReportAllocator {
    std::string label;
    std::string version;
    std::string library;               // path, may be empty
    std::string outcome;               // in words
    bool ok = false;                   // every run that counts
    bool oom = false;                  // any run that counts was ended by the OOM killer
    std::vector<std::string> victims;  // of the OOM killer, in words
    std::vector<Figure> figures;       // one for each of ReportModel::metrics
    std::string recorded_outcome;      // of the run with records; empty when there was none
    std::vector<ProgramTotal> programs;
    std::vector<SizeClass> size_classes;
    std::optional<ReportReach> reach;   // where every program was followed
    std::optional<Timeline> processes;  // memory by process, from a run with records
    std::optional<Timeline> tree;       // memory of the tree by its cgroup, from a timed run
    bool tree_warm_up = false;          // ... or from the warm-up, where there was no other
};

struct ReportFact {
    std::string name;
    std::string value;
};

struct ReportModel {
    std::string schema;
    std::string title;    // empty where the user gave none
    std::string command;  // as a shell would take it
    std::string started;  // may be empty
    std::optional<std::uint64_t> memory_limit;
    std::optional<std::size_t> rounds;  // timed ones that ran; of compare
    bool interrupted = false;
    std::vector<ReportMetric> metrics;        // those of which anybody has a value
    std::vector<ReportAllocator> allocators;  // of a run: the one mode
    std::vector<FrontierEdge> edges;          // of a frontier, which has no allocators
    std::vector<FrontierFit> fits;
    std::optional<Profile> profile;       // of a profile
    std::vector<ReportFact> environment;  // host, versions, variables
    std::vector<std::string> notes;
    std::string method;  // may be empty

    bool is_comparison() const { return schema == "morpharena.compare"; }
    bool is_frontier() const { return schema == "morpharena.frontier"; }
};

// One of each comparison in the document. BadInput when it is none of ours, of a later version, or damaged;
// `name` is what complaints call the document.
std::vector<ReportModel> reports_from(const Json& document, const std::string& name);

}  // namespace morpharena::tool
