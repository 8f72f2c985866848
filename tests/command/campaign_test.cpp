// Parameters put in, unpaired ratios, results joined.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "tools/executable.h"
#include "tools/exit_code.h"
#include "tools/merge.h"
#include "tools/output_hash.h"
#include "tools/parameters.h"
#include "tools/tree_trace.h"

namespace morpharena::tool {
namespace {

TEST(Parameters, EveryCombinationInOrder) {
    const std::vector<std::string> command = {"cc", "-O{level}", "{n}.c"};
    const std::vector<Setting> settings = settings_of(
        {parse_parameter("--param", "n=1,22", command), parse_parameter("--param", "level=0,s", command)});
    ASSERT_EQ(settings.size(), 4u);
    EXPECT_EQ(describe(settings[1]), "n=1, level=s");
    EXPECT_THAT(substitute(command, settings[3]), testing::ElementsAre("cc", "-Os", "22.c"));
    EXPECT_EQ(substitute("{n}{n}{m}", settings[3]), "2222{m}");
    EXPECT_EQ(settings_of({}).size(), 1u);
}

TEST(Parameters, WhatIsNotOneIsNamed) {
    for (const char* text : {"", "n", "n=", "=1", "n=1,,2", "n=1,", "m=1"}) {
        EXPECT_THROW(parse_parameter("--param", text, {"{n}"}), BadInput) << text;
    }
}

TEST(Unpaired, ClaimsADifferenceInOneOfTwenty) {
    std::mt19937 random(3);
    std::normal_distribution<double> noise(0, 0.1);
    int claims = 0, found = 0;
    constexpr int kTrials = 2000;
    for (int trial = 0; trial < kTrials; ++trial) {
        std::vector<double> before, after, slower;
        for (int i = 0; i < 8; ++i) before.push_back(std::exp(noise(random)));
        for (int i = 0; i < 5; ++i) after.push_back(std::exp(3 * noise(random)));
        for (int i = 0; i < 8; ++i) slower.push_back(1.5 * std::exp(noise(random)));
        claims += unpaired_ratio(before, after)->significant ? 1 : 0;
        found += unpaired_ratio(before, slower)->significant ? 1 : 0;
    }
    EXPECT_GT(claims, kTrials * 0.03);
    EXPECT_LT(claims, kTrials * 0.07);
    EXPECT_GT(found, kTrials * 0.99);
    EXPECT_FALSE(unpaired_ratio(std::vector<double>{1}, std::vector<double>{1, 2}));
    EXPECT_FALSE(unpaired_ratio(std::vector<double>{1, 0}, std::vector<double>{1, 2}));
}

// An example of the fuzzer's: Json itself would make a count of a fraction below 0, which is undefined.
TEST(Merge, ARoundThatIsNoCountMakesTheLineDamage) {
    const auto line_with = [](const std::string& round) {
        const auto run = [&](const char* allocator) {
            return fmt::format(R"({{"allocator": "{}", "round": {}, "warm_up": false,)"
                               R"( "outcome": {{"verdict": "ok"}}, "metrics": {{"cpu": 2.0}}}})",
                               allocator, round);
        };
        return R"({"schema": "morpharena.compare", "command": ["cc"], "host": {"name": "h"}, "allocators": )"
               R"([{"label": "glibc"}, {"label": "arena"}], "runs": [)" +
               run("glibc") + ", " + run("arena") + "]}";
    };
    Merger merger;
    merger.add_line(line_with("1"), "lines:1");
    merger.add_line(line_with("-2.42"), "lines:2");
    const Merged merged = std::move(merger).finish();
    ASSERT_EQ(merged.titles.size(), 1u);
    EXPECT_EQ(merged.titles[0].cells.at("arena").by_metric.at("cpu").size(), 1u);
    EXPECT_THAT(merged.damage, testing::ElementsAre(testing::AllOf(testing::StartsWith("lines:2"),
                                                                   testing::HasSubstr("round"))));
}

TEST(Merge, SessionsHaveLevelsOfTheirOwn) {
    // Two hosts that agree with themselves and not with each other: the interval speaks of these two.
    const auto ratio = ratio_within({{"a", {0.10, 0.12}}, {"b", {0.50, 0.52}}});
    ASSERT_TRUE(ratio);
    EXPECT_NEAR(std::log(ratio->ratio), 0.31, 1e-12);
    EXPECT_EQ(ratio->pairs, 4u);
    EXPECT_LT(std::log(ratio->high), 0.35);
    EXPECT_FALSE(ratio_within({{"a", {0.1}}, {"b", {0.2}}}));
}

TEST(Merge, TheIntervalHoldsTheTruthAsOftenAsItSays) {
    std::mt19937 random(5);
    std::normal_distribution<double> noise(0, 0.05);
    int held = 0;
    constexpr int kTrials = 2000;
    for (int trial = 0; trial < kTrials; ++trial) {
        std::vector<Session> sessions = {{"a", {}}, {"b", {}}, {"a", {}}};
        for (Session& session : sessions) {
            for (int i = 0; i < 4; ++i) session.logs.push_back(std::log(1.1) + noise(random));
        }
        const auto ratio = ratio_within(sessions);
        held += ratio->low <= 1.1 && 1.1 <= ratio->high ? 1 : 0;
    }
    EXPECT_GT(held, kTrials * 0.93);
    EXPECT_LT(held, kTrials * 0.97);
}

TEST(OutputHash, TellsFilesApart) {
    const std::vector<BuiltFile> expected = {{"a", "1", true}, {"b", "2", true}};
    EXPECT_EQ(first_difference(expected, expected), "");
    EXPECT_EQ(first_difference(expected, {{"a", "1", true}, {"b", "3", true}}), "b");
    EXPECT_EQ(first_difference(expected, {{"a", std::nullopt, true}, {"b", "2", true}}), "a");
}

TEST(Executable, OurOwnIsDynamicAndNonsenseIsNothing) {
    const Executable own = look_at_executable("/proc/self/exe");
    EXPECT_EQ(own.linkage, Linkage::dynamic);
    EXPECT_FALSE(own.own_malloc);
    EXPECT_EQ(own.go_version, "");
    for (const char* file : {"/etc/passwd", "/nonexistent", "/dev/zero", "/"}) {
        EXPECT_EQ(look_at_executable(file).linkage, Linkage::unreadable) << file;
    }
}

TEST(TreeTrace, CrossesInBytes) {
    TracedImage image;
    image.pid = 7;
    image.path = "/bin/\xff";  // no UTF-8
    image.executable.go_version = "go1.19";
    image.peak_rss = 4096;
    image.cpu_ns = 5'000'000'000;
    const std::vector<TracedImage> back = decode(encode({image, {}}));
    ASSERT_EQ(back.size(), 2u);
    EXPECT_EQ(back[0].path, image.path);
    EXPECT_EQ(back[0].peak_rss, image.peak_rss);
    EXPECT_EQ(back[0].cpu_ns, image.cpu_ns);
    EXPECT_EQ(back[0].executable.go_version, "go1.19");
    EXPECT_FALSE(back[1].peak_rss);
}

}  // namespace
}  // namespace morpharena::tool
