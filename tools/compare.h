// The model of a comparison: which allocators, which runs, what each run gave. Tables and JSON are made from
// it.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tools/allocators.h"
#include "tools/baseline.h"
#include "tools/conditions.h"
#include "tools/launch.h"
#include "tools/measured_run.h"
#include "tools/parameters.h"
#include "tools/process_table.h"
#include "tools/size_classes.h"
#include "tools/statistics.h"
#include "tools/timeline.h"
#include "tools/tree_account.h"

namespace morpharena::tool {

struct ComparePlan {
    std::vector<std::string> command;
    std::vector<Allocator> allocators;  // the first is what the others are compared with
    std::string title;                  // what a campaign calls this comparison; empty: the command
    Setting setting;                    // what was put in for {name}s; `command` has them already
    std::size_t rounds = 5;             // each allocator runs once a round: so many pairs with the first
    // Go on, beyond `rounds`, until the interval of every allocator's wall ratio reaches no further than this
    // from the ratio (0.02 is 2 %), or `max_time` is over.
    std::optional<double> until;
    std::chrono::milliseconds max_time{600'000};
    Streams streams = Streams::discard;
    Conditions conditions;
    Around around;
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
    std::vector<std::string> complaints = {};  // the library's
    std::vector<ProcessRecord> victims{};      // the records of those that the OOM killer ended
    std::optional<TreeAccount> tree{};         // of the first allocator of ours
    std::string tree_problem{};                // why there is none, where one was tried
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
    std::string started;                            // ISO 8601, UTC
    std::optional<Baseline> baseline;
    std::string stop_reason;  // what ended it early, other than an interrupt; the finished runs are here
    bool interrupted = false;
    bool hopeless = false;  // no allocator survived the warm-up, so nothing was measured
};

// Called before each run: how many are done, how many there will be (0: nobody knows), and what comes.
using ProgressReport = std::function<void(std::size_t done, std::size_t total, const std::string& what)>;

// Warm-up round, timed rounds, recorded runs. An interrupt ends it early; the finished runs are in the
// result.
Comparison compare(const ComparePlan& plan, Interrupts& interrupts, const ProgressReport& progress);

// The allocators' names, told apart.
std::vector<std::string> labels_of(const std::vector<Allocator>& allocators);

// Over the timed rounds in which both this allocator and the first succeeded.
std::optional<Ratio> ratio_of(const Comparison& comparison, std::size_t allocator, const MetricInfo& metric);
// To the same allocator in the baseline: unpaired, as the runs lie apart in time.
std::optional<Ratio> ratio_to_baseline(const Comparison& comparison, std::size_t allocator,
                                       const MetricInfo& metric);
// The figures of the timed runs that succeeded.
std::vector<double> values_of(const Comparison& comparison, std::size_t allocator, Metric metric);
std::optional<double> median_of(const Comparison& comparison, std::size_t allocator, Metric metric);

// The timed runs of one allocator that ended alike: "ok", or "3 ok, 2 OOM-killed ...". Warm-up only, when
// there are no others.
std::string outcomes_text(const Comparison& comparison, std::size_t allocator);
bool all_ok(const Comparison& comparison, std::size_t allocator);

// What stands against believing the figures, one line each: noise, files that were not built anew, what
// the library complained of.
std::vector<std::string> warnings_of(const Comparison& comparison);

// The exit code of the whole: OOM before failure before ok; interrupted before all.
int exit_code_for(const Comparison& comparison);

}  // namespace morpharena::tool
