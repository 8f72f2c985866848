// The model of a benchmark: cases, in each the allocators in turn and the physical limit beside them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bench/harness/programs.h"
#include "bench/harness/progress_report.h"
#include "bench/harness/subject.h"
#include "tools/statistics.h"

namespace morpharena::bench {

// One workload at one length.
struct Case {
    std::string workload;
    bool warm = false;
    std::size_t count = 0;  // 0: the workload's own
    std::size_t size = 0;   // 0: the workload's own
    unsigned threads = 1;
    bool touch = true;
};

using Field = double Sample::*;

struct Plan {
    std::vector<Subject> subjects;  // the first is what the others are compared with
    std::vector<Case> cases;
    std::size_t rounds = 11;
    unsigned warm_rounds = 3;           // timed in each warm run
    std::optional<std::size_t> versus;  // a second one to compare with
    Field time = &Sample::ns;           // which time ratios are made of: this, or cpu_ns
    bool limit = true;                  // measure first touch beside cold cases
};

// One participant of a case, or one way of first touch. Samples by round, absent where a run failed.
struct Series {
    std::vector<std::optional<Sample>> samples;
    std::string failure;  // of the first run that failed; it is not run again then
};

struct CaseResult {
    Case which;
    std::vector<Series> series;           // by subject
    std::map<std::string, Series> limit;  // by way of first touch; empty where there is none
};

struct Study {
    Plan plan;
    std::vector<CaseResult> results;
    bool interrupted = false;
};

std::optional<double> median_of(const Series& series, Field field);
// `series` over `base`, paired by round.
std::optional<tool::Ratio> ratio_of(const Series& base, const Series& series, Field field);
// The way of first touch with the smallest median `time`; nullptr where the limit was not measured.
const Series* best_limit(const CaseResult& result, Field time, std::string* way);

// A warm-up round that no figure uses, then the timed ones; in each, all subjects and all ways of first touch
// run once, in an order that reverses from round to round. An interrupt ends it early.
Study run_study(Plan plan, tool::Interrupts& interrupts, const ProgressReport& progress);

std::string describe(const Case& which);

}  // namespace morpharena::bench
