#include "bench/harness/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "bench/workloads/rows.h"
#include "tools/exit_code.h"

namespace morpharena::bench {
namespace {

// Given by meson: the command, which answers probes, and the library.
tool::Resolver resolver() {
    return {std::getenv("MORPHARENA_COMMAND"), std::getenv("MORPHARENA_LIBRARY")};
}

using ::testing::HasSubstr;
using tool::BadInput;

Plan plan_with(void (*change)(Words&)) {
    Words words;
    words.allocators = {"glibc", "other=glibc,SOME_VARIABLE:a:b"};
    change(words);
    return plan_of(words, resolver());
}

std::string complaint_about(void (*change)(Words&)) {
    try {
        plan_with(change);
    } catch (const BadInput& error) {
        return error.what();
    }
    return "nothing";
}

TEST(Options, EveryCombinationIsACase) {
    const Plan plan = plan_with([](Words& words) {
        words.workloads = "churn,notes_allocations";
        words.counts = "10,20,30";
        words.threads = "1,4";
        words.no_touch = true;
        words.versus = "other";
    });
    EXPECT_EQ(plan.cases.size(), 2u * 2 * 3 * 2);
    EXPECT_EQ(plan.cases.front().workload, "churn");
    EXPECT_EQ(plan.cases.back().workload, "notes_allocations");
    EXPECT_TRUE(plan.cases.back().warm);
    EXPECT_EQ(plan.cases.back().count, 30u);
    EXPECT_EQ(plan.cases.back().threads, 4u);
    EXPECT_FALSE(plan.cases.back().touch);
    EXPECT_EQ(plan.versus, std::optional<std::size_t>(1));
}

TEST(Options, WithoutWordsEveryWorkloadRunsColdAndWarm) {
    EXPECT_EQ(plan_with([](Words&) {}).cases.size(), 2 * kWorkloads.size());
}

TEST(Options, WhatIsWrongIsNamed) {
    EXPECT_THAT(complaint_about([](Words& w) { w.workloads = "churn,chrun"; }), HasSubstr("chrun"));
    EXPECT_THAT(complaint_about([](Words& w) { w.workloads = "churn,"; }), HasSubstr("empty word"));
    EXPECT_THAT(complaint_about([](Words& w) { w.states = "tepid"; }), HasSubstr("tepid"));
    EXPECT_THAT(complaint_about([](Words& w) { w.counts = "1e6"; }), HasSubstr("1e6"));
    EXPECT_THAT(complaint_about([](Words& w) { w.threads = "0"; }), HasSubstr("--threads 0"));
    EXPECT_THAT(complaint_about([](Words& w) { w.rounds = "5"; }), HasSubstr("from 6"));
    EXPECT_THAT(complaint_about([](Words& w) { w.by = "sundial"; }), HasSubstr("sundial"));
    EXPECT_THAT(complaint_about([](Words& w) { w.versus = "nobody"; }), HasSubstr("nobody"));
    EXPECT_THAT(complaint_about([](Words& w) { w.sizes = "64"; }), HasSubstr("a mix of sizes"));
    EXPECT_THAT(complaint_about([](Words& w) {
                    w.allocators = {"glibc", "glibc"};
                }),
                HasSubstr("takes part twice"));
}

}  // namespace
}  // namespace morpharena::bench
