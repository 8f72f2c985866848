// The model of a comparison: which allocators, which runs, what each run gave. Tables and JSON are made from
// it.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tools/allocators.h"
#include "tools/launch.h"
#include "tools/process_table.h"
#include "tools/size_classes.h"
#include "tools/statistics.h"
#include "tools/timeline.h"

namespace morpharena::tool {

struct ComparePlan {
    std::vector<std::string> command;
    std::vector<Allocator> allocators;  // the first is what the others are compared with
    std::size_t rounds = 5;             // each allocator runs once a round: so many pairs with the first
    Streams streams = Streams::discard;
    std::chrono::milliseconds linger{5000};
    const CgroupPlace* place = nullptr;
    std::optional<std::uint64_t> memory_limit;
    bool timelines = false;  // look at the trees of round 1 and of the recorded runs while they run
};

struct CompareRun {
    std::size_t allocator;  // index
    std::size_t round;      // 0 is the warm-up, which no figure uses
    RunResult result;
};

// One more run of an allocator of ours, with records: its times are not used, since keeping records costs
// time.
struct RecordedRun {
    std::size_t allocator;
    RunResult result;
    std::vector<ProgramTotal> programs;
    std::vector<Damage> damaged;
    std::vector<SizeClass> size_classes = {};
    std::optional<Timeline> timeline = {};  // by process
};

// The tree's memory over time by its cgroup, in round 1, or in the warm-up where that was all.
struct TreeTimeline {
    std::size_t round;
    Timeline timeline;
};

struct Comparison {
    ComparePlan plan;
    std::vector<std::string> labels;  // by allocator; one that takes part twice is told apart by "#2"
    std::vector<CompareRun> runs;     // in the order in which they ran
    std::vector<RecordedRun> recorded;
    std::map<std::size_t, TreeTimeline> timelines;  // by allocator
    bool interrupted = false;
    bool hopeless = false;  // no allocator survived the warm-up, so nothing was measured
};

// Called before each run: how many are done, how many there will be, and what comes.
using ProgressReport = std::function<void(std::size_t done, std::size_t total, const std::string& what)>;

// Warm-up round, timed rounds, recorded runs. An interrupt ends it early; the finished runs are in the
// result.
Comparison compare(const ComparePlan& plan, Interrupts& interrupts, const ProgressReport& progress);

// Over the timed rounds in which both this allocator and the first succeeded.
std::optional<Ratio> ratio_of(const Comparison& comparison, std::size_t allocator, const MetricInfo& metric);
// Over the timed runs that succeeded.
std::optional<double> median_of(const Comparison& comparison, std::size_t allocator, Metric metric);

// The timed runs of one allocator that ended alike: "ok", or "3 ok, 2 OOM-killed ...". Warm-up only, when
// there are no others.
std::string outcomes_text(const Comparison& comparison, std::size_t allocator);
bool all_ok(const Comparison& comparison, std::size_t allocator);

// The exit code of the whole: OOM before failure before ok; interrupted before all.
int exit_code_for(const Comparison& comparison);

}  // namespace morpharena::tool
