#include "core/observe/counters.h"

#include <gtest/gtest.h>

namespace morpharena {
namespace {

TEST(SizeClasses, MediumClassesTileTheSizes) {
    EXPECT_EQ(medium_class(kSmallLimit + 1), 0u);
    for (std::size_t index = 0; index + 1 < kMediumClasses; ++index) {
        const std::size_t limit = medium_class_limit(index);
        EXPECT_EQ(medium_class(limit), index) << limit;
        EXPECT_EQ(medium_class(limit + 1), index + 1) << limit;
        EXPECT_EQ(medium_class(limit - 1), index) << limit;
    }
}

TEST(SizeClasses, TheLastClassTakesTheRest) {
    EXPECT_EQ(medium_class(std::size_t{1} << 48), kMediumClasses - 1);
    EXPECT_EQ(medium_class(kMaxRequest), kMediumClasses - 1);
    EXPECT_EQ(medium_class_limit(kMediumClasses - 1), std::size_t{1} << 48);
}

TEST(SizeClasses, SmallSizesHaveAGranuleClassEach) {
    EXPECT_EQ(granules_of(kSmallLimit), kSmallClasses - 1);
    EXPECT_EQ(granules_of(0), 1u) << "index 0 stays empty";
}

TEST(Counters, NoTwoThreadsShareACacheLine) {
    EXPECT_EQ(alignof(ThreadCounters) % 64, 0u);
    EXPECT_EQ(sizeof(ThreadCounters) % 64, 0u);
    EXPECT_EQ(alignof(ProcessCounters) % 64, 0u);
}

TEST(Counters, StartAtZero) {
    const ThreadCounters threads{};
    const ProcessCounters process{};
#define THREAD_COUNTER(name, unit, cost, help) EXPECT_EQ(threads.name.get(), 0u) << #name;
#define PROCESS_COUNTER(name, unit, merge, cost, help) EXPECT_EQ(process.name.get(), 0u) << #name;
#include "core/observe/counters.def"
    for (const Counter& counter : threads.small_objects) EXPECT_EQ(counter.get(), 0u);
    for (const Counter& counter : threads.medium_objects) EXPECT_EQ(counter.get(), 0u);
    for (const Counter& counter : threads.medium_bytes) EXPECT_EQ(counter.get(), 0u);
}

TEST(Counters, EveryRowSaysHowItMergesAndWhatItCosts) {
    enum Merge { sum, max };
    enum Cost { always, tracked };
    // That each row's words are among these is checked by the compiler; that there are rows at all, here.
    const Cost thread_rows[] = {
#define THREAD_COUNTER(name, unit, cost, help) cost,
#include "core/observe/counters.def"
    };
    const std::pair<Merge, Cost> process_rows[] = {
#define PROCESS_COUNTER(name, unit, merge, cost, help) {merge, cost},
#include "core/observe/counters.def"
    };
    EXPECT_GE(std::size(thread_rows), 20u);
    EXPECT_GE(std::size(process_rows), 15u);
}

TEST(Counters, TheLayoutHashIsFixedAtBuild) {
    static_assert(counters_layout_hash() != 0);
    EXPECT_NE(counters_layout_hash(), 14695981039346656037ull) << "no row went into it";
}

}  // namespace
}  // namespace morpharena
