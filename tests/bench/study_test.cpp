#include "bench/harness/study.h"

#include <gtest/gtest.h>

#include "tools/exit_code.h"

namespace morpharena::bench {
namespace {

Series series_of(const std::vector<double>& times) {
    Series series;
    for (const double ns : times) {
        Sample sample{};
        sample.ns = ns;
        series.samples.emplace_back(sample);
    }
    return series;
}

TEST(Study, RatiosPairRoundsAndPassOverThoseThatFailed) {
    Series base = series_of({1, 2, 3, 4, 5, 6, 7});
    Series other = series_of({2, 4, 900, 8, 10, 12, 14});
    base.samples[2].reset();
    const auto ratio = ratio_of(base, other, &Sample::ns);
    ASSERT_TRUE(ratio);
    EXPECT_DOUBLE_EQ(ratio->ratio, 2);
    EXPECT_DOUBLE_EQ(ratio->high, 2);
    EXPECT_EQ(ratio->pairs, 6u);
}

TEST(Study, AShorterSeriesPairsAsFarAsItGoes) {
    EXPECT_FALSE(ratio_of(series_of({1, 1, 1, 1, 1, 1, 1}), series_of({1, 1, 1}), &Sample::ns));
    EXPECT_TRUE(ratio_of(series_of({1, 1, 1, 1, 1, 1, 1}), series_of({1, 1, 1, 1, 1, 1}), &Sample::ns));
}

TEST(Study, MedianOfNoSamplesIsNone) {
    EXPECT_FALSE(median_of(Series{}, &Sample::ns));
    EXPECT_EQ(median_of(series_of({3, 1, 2}), &Sample::ns), std::optional(2.0));
}

TEST(Study, TheLimitIsTheWayWithTheLeastMedian) {
    CaseResult result;
    std::string way;
    EXPECT_EQ(best_limit(result, &Sample::ns, &way), nullptr);
    result.limit["huge"] = series_of({1, 9, 9});  // the least single value is no limit
    result.limit["small"] = series_of({5, 5, 5});
    result.limit["failed"] = {};
    EXPECT_EQ(best_limit(result, &Sample::ns, &way), &result.limit["small"]);
    EXPECT_EQ(way, "small");
}

TEST(Sample, IsReadFromTheLineOfAWorkload) {
    const Sample sample = parse_sample(
        R"({"workload": "x", "reset": true, "objects": 4, "bytes": 64, "live_peak": 32, "ns_per_object": 2.5,
            "user_ns": 6, "system_ns": 2, "minor_faults": 3, "peak_rss": 4096, "resident_grown": 1024,
            "huge_share": 0.5})");
    EXPECT_DOUBLE_EQ(sample.ns, 2.5);
    EXPECT_DOUBLE_EQ(sample.cpu_ns, 2);
    EXPECT_DOUBLE_EQ(sample.peak, 4096);
    EXPECT_DOUBLE_EQ(sample.live_peak, 32);
    EXPECT_TRUE(sample.reset);
}

TEST(Sample, AnythingElseIsRefused) {
    for (const char* line : {"", "{", "{}", "[]", R"({"objects": 0})"}) {
        EXPECT_THROW(parse_sample(line), tool::BadInput) << line;
    }
}

TEST(NamedTimes, KeepTheProgramsOrder) {
    const NamedTimes times = parse_named_times(
        R"({"benchmarks": [{"name": "z/8", "cpu_time": 1.5, "time_unit": "ns"},
                           {"name": "a/8", "cpu_time": 2, "time_unit": "ns"}]})");
    ASSERT_EQ(times.size(), 2u);
    EXPECT_EQ(times[0].first, "z/8");
    EXPECT_DOUBLE_EQ(times[0].second, 1.5);
    EXPECT_THROW(parse_named_times(R"({"benchmarks": [{"name": "a", "cpu_time": 2, "time_unit": "us"}]})"),
                 tool::BadInput);
    EXPECT_THROW(parse_named_times("no JSON"), tool::BadInput);
}

}  // namespace
}  // namespace morpharena::bench
