#include "tools/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace morpharena::tool {
namespace {

// Pairs whose log-ratios are `logs`, over bases that differ widely: only the ratios may count.
std::vector<Pair> pairs_of(const std::vector<double>& logs) {
    std::vector<Pair> pairs;
    double base = 0.5;
    for (const double log_ratio : logs) {
        pairs.push_back({base, base * std::exp(log_ratio)});
        base *= 3;
    }
    return pairs;
}

TEST(PairedRatio, AgreesWithAHandComputedInterval) {
    // mean 0.2, standard deviation 0.1, t(2 degrees, 0.975) = 4.302652730 from a printed table.
    const auto ratio = paired_ratio(pairs_of({0.1, 0.2, 0.3}));
    ASSERT_TRUE(ratio);
    EXPECT_NEAR(ratio->ratio, std::exp(0.2), 1e-9);
    EXPECT_NEAR(ratio->low, std::exp(0.2 - 4.302652730 * 0.1 / std::sqrt(3.0)), 1e-8);
    EXPECT_NEAR(ratio->high, std::exp(0.2 + 4.302652730 * 0.1 / std::sqrt(3.0)), 1e-8);
    EXPECT_EQ(ratio->pairs, 3u);
    EXPECT_FALSE(ratio->significant);
}

TEST(PairedRatio, SeesASmallSteadyDifference) {
    // t(4, 0.975) = 2.776445105
    const auto ratio = paired_ratio(pairs_of({0.10, 0.11, 0.09, 0.10, 0.10}));
    ASSERT_TRUE(ratio);
    const double error = std::sqrt(0.0002 / 4 / 5);
    EXPECT_NEAR(std::log(ratio->high) - std::log(ratio->low), 2 * 2.776445105 * error, 1e-9);
    EXPECT_TRUE(ratio->significant);
}

TEST(PairedRatio, SameDataShowNoDifference) {
    const auto ratio = paired_ratio(std::vector<Pair>{{3, 3}, {5.5, 5.5}, {0.1, 0.1}});
    ASSERT_TRUE(ratio);
    EXPECT_DOUBLE_EQ(ratio->ratio, 1);
    EXPECT_FALSE(ratio->significant);
}

TEST(PairedRatio, ADifferenceThatIsAlwaysTheSameIsOne) {
    const auto ratio = paired_ratio(std::vector<Pair>{{100, 103}, {200, 206}, {50, 51.5}});
    ASSERT_TRUE(ratio);
    EXPECT_NEAR(ratio->ratio, 1.03, 1e-12);
    EXPECT_TRUE(ratio->significant);
}

TEST(PairedRatio, RefusesWhatGivesNoNumber) {
    EXPECT_FALSE(paired_ratio({}));
    EXPECT_FALSE(paired_ratio(std::vector<Pair>{{1, 1}}));
    EXPECT_FALSE(paired_ratio(std::vector<Pair>{{0, 1}, {1, 1}}));
    EXPECT_FALSE(paired_ratio(std::vector<Pair>{{1, 0}, {1, 1}}));
    EXPECT_FALSE(paired_ratio(std::vector<Pair>{{1, -1}, {1, 1}}));
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const double inf = std::numeric_limits<double>::infinity();
    EXPECT_FALSE(paired_ratio(std::vector<Pair>{{nan, 1}, {1, 1}}));
    EXPECT_FALSE(paired_ratio(std::vector<Pair>{{1, inf}, {1, 1}}));
}

TEST(PairedRatio, RefusesABaseBelowTheFloor) {
    const std::vector<Pair> pairs = {{0.0002, 0.0004}, {0.0002, 0.0004}, {0.0002, 0.0004}};
    EXPECT_FALSE(paired_ratio(pairs, 0.001));
    EXPECT_TRUE(paired_ratio(pairs, 0.0001));
}

// What "95 %" promises: of comparisons of a thing with itself, about one in twenty is called a difference.
TEST(PairedRatio, ClaimsADifferenceWhereThereIsNoneOneTimeInTwenty) {
    std::mt19937_64 random(20261122);
    std::normal_distribution<double> noise(0, 0.05);
    int claimed = 0;
    constexpr int kComparisons = 10'000;
    for (int i = 0; i < kComparisons; ++i) {
        std::vector<Pair> pairs;
        for (int round = 0; round < 5; ++round) {
            pairs.push_back({std::exp(noise(random)), std::exp(noise(random))});
        }
        const auto ratio = paired_ratio(pairs);
        ASSERT_TRUE(ratio);
        claimed += ratio->significant ? 1 : 0;
    }
    // 500 expected, standard deviation 22.
    EXPECT_GT(claimed, 400);
    EXPECT_LT(claimed, 600);
}

TEST(PairedRatio, FindsThreePercentThroughOnePercentOfNoise) {
    std::mt19937_64 random(3);
    std::normal_distribution<double> noise(0, 0.01);
    int found = 0;
    for (int i = 0; i < 1000; ++i) {
        std::vector<Pair> pairs;
        for (int round = 0; round < 10; ++round) {
            pairs.push_back({std::exp(noise(random)), 1.03 * std::exp(noise(random))});
        }
        const auto ratio = paired_ratio(pairs);
        found += ratio && ratio->significant && ratio->low > 1 ? 1 : 0;
    }
    EXPECT_GT(found, 990);
}

std::vector<Pair> pairs_with(const std::vector<double>& ratios) {
    std::vector<Pair> pairs;
    for (const double ratio : ratios) pairs.push_back({8, 8 * ratio});
    return pairs;
}

TEST(PairedMedian, TakesTheIntervalThatPrintedTablesGive) {
    // For 11 values: the 2nd and the 10th (98.8 %; the 3rd and the 9th would be 93.5 %). For 6: the extremes.
    const auto eleven = paired_median(pairs_with({1.1, 0.3, 0.2, 0.5, 0.9, 0.4, 0.8, 0.1, 0.6, 0.7, 1.0}));
    ASSERT_TRUE(eleven);
    EXPECT_DOUBLE_EQ(eleven->ratio, 0.6);
    EXPECT_DOUBLE_EQ(eleven->low, 0.2);
    EXPECT_DOUBLE_EQ(eleven->high, 1.0);
    EXPECT_FALSE(eleven->significant);
    const auto six = paired_median(pairs_with({0.5, 0.25, 0.75, 0.625, 0.375, 0.125}));
    ASSERT_TRUE(six);
    EXPECT_DOUBLE_EQ(six->ratio, 0.4375);
    EXPECT_DOUBLE_EQ(six->low, 0.125);
    EXPECT_DOUBLE_EQ(six->high, 0.75);
    EXPECT_TRUE(six->significant);
}

TEST(PairedMedian, DoesNotFollowAnOutlier) {
    const auto ratio = paired_median(pairs_with({0.5, 0.5, 0.5, 40, 0.5, 0.5, 0.5, 0.5, 0.5}));
    ASSERT_TRUE(ratio);
    EXPECT_DOUBLE_EQ(ratio->ratio, 0.5);
    EXPECT_DOUBLE_EQ(ratio->high, 0.5);
    EXPECT_TRUE(ratio->significant);
}

TEST(PairedMedian, RefusesWhatGivesNoInterval) {
    EXPECT_FALSE(paired_median({}));
    EXPECT_FALSE(paired_median(pairs_with({1, 1, 1, 1, 1})));
    EXPECT_FALSE(paired_median(std::vector<Pair>(8, Pair{0, 1})));
}

TEST(Median, OfOddAndEvenNumbers) {
    EXPECT_EQ(median({3, 1, 2}), 2);
    EXPECT_EQ(median({4, 1, 2, 3}), 2.5);
    EXPECT_EQ(median({7}), 7);
}

}  // namespace
}  // namespace morpharena::tool
