// Which instants a timeline keeps, and that its JSON says the same.
#include "tools/timeline.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tools/exit_code.h"
#include "tools/html_text.h"
#include "tools/memory_stack.h"

namespace morpharena::tool {
namespace {

TimelinePoint point(double seconds, std::size_t process, std::uint64_t bytes) {
    return {seconds, std::nullopt, {{process, {bytes, bytes, bytes}}}};
}

TEST(TimelineBuilder, KeepsEverythingWhileThereIsRoom) {
    TimelineBuilder builder;
    const std::size_t cc1 = builder.add_process(7, "cc1");
    for (std::size_t i = 0; i < TimelineBuilder::kMostPoints; ++i) {
        builder.add(point(static_cast<double>(i), cc1, i));
    }
    const Timeline timeline = std::move(builder).finish();
    EXPECT_EQ(timeline.points.size(), TimelineBuilder::kMostPoints);
    EXPECT_EQ(timeline.samples, TimelineBuilder::kMostPoints);
}

TEST(TimelineBuilder, KeepsThePeakOfALongRun) {
    for (const std::size_t peak_at : {0u, 1u, 4999u, 77777u, 99999u}) {
        TimelineBuilder builder;
        const std::size_t cc1 = builder.add_process(7, "cc1");
        for (std::size_t i = 0; i < 100'000; ++i) {
            builder.add(point(static_cast<double>(i), cc1, i == peak_at ? 1000 : 1 + i % 7));
        }
        const Timeline timeline = std::move(builder).finish();
        EXPECT_LE(timeline.points.size(), TimelineBuilder::kMostPoints);
        EXPECT_GE(timeline.points.size(), TimelineBuilder::kMostPoints / 2);
        const auto largest =
            std::max_element(timeline.points.begin(), timeline.points.end(),
                             [](const auto& a, const auto& b) { return a.total() < b.total(); });
        EXPECT_EQ(largest->total(), 1000u);
        EXPECT_EQ(largest->seconds, static_cast<double>(peak_at));
    }
}

// A hundred thousand compilers one after another, each with its own 100 bytes, never held more than 100 at
// once.
TEST(TimelineBuilder, NeverAddsUpWhatWasNotThereAtOnce) {
    TimelineBuilder builder;
    for (std::int32_t i = 0; i < 100'000; ++i) builder.add(point(i, builder.add_process(i, "cc1"), 100));
    const Timeline timeline = std::move(builder).finish();
    EXPECT_LE(timeline.processes.size(), TimelineBuilder::kMostPoints);
    EXPECT_EQ(stack_of(timeline).peak, 100u);
    EXPECT_LE(stack_of(timeline).layers.size(), MemoryStack::kMostLayers + 1);
}

TEST(Timeline, ComesBackFromItsJson) {
    TimelineBuilder builder;
    const std::size_t make = builder.add_process(1, "make"), cc1 = builder.add_process(2, "cc1");
    builder.add_process(3, "never seen");
    builder.add({0.5, 10, {{make, {1, 2, 3}}}});
    builder.add({1.5, 20, {{make, {4, 5, 6}}, {cc1, {7, 8, 9}}}});
    builder.add({2.5, std::nullopt, {{make, {1, 1, 1}}}});
    builder.add({3.5, 5, {{cc1, {2, 2, 2}}}});  // it was not read in between
    Timeline timeline = std::move(builder).finish();
    timeline.start_ns = 1234567890123456789;
    ASSERT_EQ(timeline.processes.size(), 2u);

    const Json json = json_of(timeline);
    const Timeline back = timeline_from(JsonPlace(json, "test:"));
    ASSERT_EQ(back.points.size(), 4u);
    EXPECT_EQ(back.processes[1].program, "cc1");
    EXPECT_EQ(back.points[1].tree, 20u);
    EXPECT_FALSE(back.points[2].tree);
    EXPECT_EQ(back.points[1].entries[1].now.live, 9u);
    EXPECT_EQ(stack_of(back).layers[1].values, (std::vector<std::uint64_t>{0, 7, 0, 2}));
    EXPECT_EQ(json_of(back).dump(), json.dump());
}

TEST(Timeline, RefusesColumnsThatDoNotFit) {
    for (
        const char* text : {
            R"({"times": [1, 0], "processes": []})",
            R"({"times": [0, 1], "tree": [5], "processes": []})",
            R"({"times": [0, 1], "processes": [{"first": 1, "anonymous": [1, 2], "mapped": [1, 2], "live": [1, 2]}]})",
            R"({"times": [0, 1], "processes": [{"first": 0, "anonymous": [1, 2], "mapped": [1], "live": [1, 2]}]})",
            R"({"times": [0, "x"]})",
            R"({"times": [], "processes": [{"pid": 1e300}]})",
            R"({"times": [], "processes": [{"pid": -1}]})",
            R"({"times": [], "processes": [{"pid": 4294967297}]})",
        }) {
        const Json json = Json::parse(text);
        EXPECT_THROW(timeline_from(JsonPlace(json, "test:")), BadInput) << text;
    }
}

TEST(Html, LeavesNothingThatABrowserObeys) {
    EXPECT_EQ(html("cc1"), "cc1");
    EXPECT_EQ(html("<a href=\"x\">'&'</a>"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
    EXPECT_EQ(html("\x1b[31m\xff"), "\\x1b[31m\\xff");
    EXPECT_EQ(coordinate(1), "1");
    EXPECT_EQ(coordinate(-0.001), "0");
    EXPECT_EQ(coordinate(12.345), "12.35");
    EXPECT_EQ(coordinate(1e6), "1000000");
}

}  // namespace
}  // namespace morpharena::tool
