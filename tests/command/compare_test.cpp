// From runs to ratios, tables and JSON, with made-up runs.
#include "tools/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/compare_report.h"
#include "tools/exit_code.h"
#include "tools/json_parts.h"
#include "tools/printable.h"

namespace morpharena::tool {
namespace {

using testing::HasSubstr;

const MetricInfo& info(Metric metric) {
    return kMetrics[static_cast<std::size_t>(metric)];
}

RunResult result(double wall, double sys, Verdict verdict = Verdict::ok) {
    RunResult run;
    run.outcome.verdict = verdict;
    run.metrics[Metric::wall] = wall;
    run.metrics[Metric::sys] = sys;
    run.peak_source = PeakSource::largest_rusage;
    run.instruction_problem = "none here";
    return run;
}

// glibc, and arena at a third of its time.
Comparison comparison() {
    Comparison made;
    made.plan.command = {"cc", "two words", "\x1b[31m"};
    made.plan.allocators = {{"glibc", AllocatorKind::none, "", "2.36"},
                            {"arena", AllocatorKind::ours, "/x/libmorpharena.so", "0.1.0"}};
    made.labels = {"glibc", "arena"};
    made.runs.push_back({0, 0, result(99, 9)});  // warm-up: must not count
    made.runs.push_back({1, 0, result(1, 1)});
    for (std::size_t round = 1; round <= 5; ++round) {
        const double drift = 1 + 0.2 * static_cast<double>(round);  // pairs take it out
        made.runs.push_back({1, round, result(drift, 0)});
        made.runs.push_back({0, round, result(3 * drift, 0)});
    }
    return made;
}

TEST(CompareModel, PairsWithinRoundsAndLeavesTheWarmUpOut) {
    const auto ratio = ratio_of(comparison(), 1, info(Metric::wall));
    ASSERT_TRUE(ratio);
    EXPECT_EQ(ratio->pairs, 5u);
    EXPECT_NEAR(ratio->ratio, 1.0 / 3, 1e-12);
    EXPECT_TRUE(ratio->significant);
    EXPECT_NEAR(*median_of(comparison(), 0, Metric::wall), 3 * 1.6, 1e-12);
}

TEST(CompareModel, AZeroBaseGivesNoRatio) {
    EXPECT_FALSE(ratio_of(comparison(), 1, info(Metric::sys)));
    EXPECT_FALSE(ratio_of(comparison(), 1, info(Metric::instructions)));
    const std::string text = compare_text(comparison(), {}, false);
    EXPECT_THAT(text, testing::Not(HasSubstr("inf")));
    EXPECT_THAT(text, testing::Not(HasSubstr("nan")));
}

TEST(CompareModel, ARunThatFailedIsNoMeasurement) {
    Comparison some = comparison();
    some.runs.back().result.outcome.verdict = Verdict::out_of_memory;  // glibc's in the last round
    some.runs.back().result.outcome.oom_kills = 1;
    EXPECT_EQ(ratio_of(some, 1, info(Metric::wall))->pairs, 4u);
    EXPECT_EQ(outcomes_text(some, 0), "4 ok, 1 OOM-killed (1 process)");
    EXPECT_EQ(outcomes_text(some, 1), "ok");
    EXPECT_FALSE(all_ok(some, 0));
    EXPECT_EQ(exit_code_for(some), kOutOfMemory);
}

TEST(CompareModel, ExitCodesByWeight) {
    Comparison some = comparison();
    EXPECT_EQ(exit_code_for(some), kOk);
    some.runs[3].result.outcome.verdict = Verdict::failed;
    EXPECT_EQ(exit_code_for(some), kCommandFailed);
    some.runs[4].result.outcome.verdict = Verdict::out_of_memory;
    EXPECT_EQ(exit_code_for(some), kOutOfMemory);
    some.runs[5].result.outcome.verdict = Verdict::failed;
    EXPECT_EQ(exit_code_for(some), kOutOfMemory);
    some.interrupted = true;
    EXPECT_EQ(exit_code_for(some), kInterrupted);
}

TEST(CompareText, FitsAHundredColumnsAndKeepsEscapesOut) {
    Comparison wide = comparison();
    wide.plan.command.push_back(std::string(100'000, 'x'));
    wide.labels[1] = std::string(60, 'l') + ".so";
    wide.plan.allocators[1].version = "1";
    RecordedRun recorded{1, result(1, 1), {}, {}};
    recorded.programs.push_back({std::string(50, 'p'), 12345, 99'999'999, std::uint64_t{1} << 40,
                                 std::uint64_t{1} << 41, std::uint64_t{1} << 40, std::uint64_t{1} << 39,
                                 std::uint64_t{1} << 38});
    wide.recorded.push_back(recorded);
    Host host;
    host.kernel = "Linux 6.1";
    const std::string text = compare_text(wide, host, false);
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), 100u) << line;
    EXPECT_THAT(text, HasSubstr("0.333"));
    EXPECT_THAT(text, HasSubstr("largest process"));
}

TEST(CompareJson, HoldsEveryRunAndTheRatios) {
    const Json document = Json::parse(compare_json(comparison(), {}));
    EXPECT_EQ(document["schema"], "morpharena.compare");
    EXPECT_EQ(document["version"], 1);
    EXPECT_EQ(document["command"][1], "two words");
    EXPECT_EQ(document["runs"].size(), 12u);
    EXPECT_EQ(document["runs"][0]["warm_up"], true);
    EXPECT_EQ(document["runs"][2]["allocator"], "arena");
    EXPECT_TRUE(document["runs"][2]["metrics"]["instructions"].is_null());
    const Json& arena = document["allocators"][1];
    EXPECT_NEAR(arena["metrics"]["wall"]["to_first"]["ratio"].get<double>(), 1.0 / 3, 1e-12);
    EXPECT_TRUE(arena["metrics"]["sys"]["to_first"].is_null());
    EXPECT_EQ(arena["outcomes"]["ok"], 5);
}

TEST(CompareSession, InterleavesAndRecordsOursOnceMore) {
    ComparePlan plan;
    plan.command = {"/bin/true"};
    plan.allocators = {{"glibc", AllocatorKind::none, "", ""}, {"glibc", AllocatorKind::none, "", ""}};
    plan.rounds = 2;
    Interrupts interrupts;
    std::vector<std::string> announced;
    const Comparison done =
        compare(plan, interrupts, [&](std::size_t at, std::size_t total, const std::string& what) {
            EXPECT_EQ(at, announced.size());
            EXPECT_EQ(total, 6u);
            announced.push_back(what);
        });
    EXPECT_THAT(announced, testing::ElementsAre("warm-up, glibc", "warm-up, glibc#2", "round 1, glibc#2",
                                                "round 1, glibc", "round 2, glibc", "round 2, glibc#2"));
    EXPECT_EQ(done.runs.size(), 6u);
    EXPECT_EQ(exit_code_for(done), kOk);
}

TEST(CompareSession, StopsWhenNobodySurvivesTheWarmUp) {
    ComparePlan plan;
    plan.command = {"/bin/false"};
    plan.allocators = {{"glibc", AllocatorKind::none, "", ""}, {"other", AllocatorKind::none, "", ""}};
    Interrupts interrupts;
    const Comparison done = compare(plan, interrupts, {});
    EXPECT_TRUE(done.hopeless);
    EXPECT_EQ(done.runs.size(), 2u);
    EXPECT_EQ(exit_code_for(done), kCommandFailed);
    EXPECT_EQ(outcomes_text(done, 0), "failed (exit status 1)");
}

}  // namespace
}  // namespace morpharena::tool
