// The OOM killer's victims out of the kernel's log, and keyed numbers of /proc.
#include "tools/oom_log.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/cpu_load.h"
#include "tools/outcome.h"
#include "tools/small_file.h"

namespace morpharena::tool {
namespace {

std::string kill_of(const std::string& cgroup, int pid, const std::string& name) {
    return fmt::format(
        "6,1,2,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,"
        "oom_memcg=/a/{0},task_memcg=/a/{0},task={2},pid={1},uid=0\n"
        "3,1,2,-;Memory cgroup out of memory: Killed process {1} ({2}) total-vm:221368kB, anon-rss:65152kB, "
        "file-rss:6504kB, shmem-rss:0kB, UID:0 pgtables:192kB oom_score_adj:0\n",
        cgroup, pid, name);
}

TEST(OomLog, TakesOurKillsAndNoOthers) {
    const std::string log =
        kill_of("morpharena-1-1", 10, "cc1") + kill_of("morpharena-1-11", 11, "ld") + "noise\n";
    const auto victims = oom_victims(log, "morpharena-1-1", 1);
    ASSERT_EQ(victims.size(), 1u);
    EXPECT_EQ(victims[0].pid, 10);
    EXPECT_EQ(victims[0].program, "cc1");
    EXPECT_EQ(victims[0].anonymous_bytes, 65152u * 1024);
    EXPECT_TRUE(oom_victims(log, "morpharena-1", 1).empty());
}

TEST(OomLog, WhatTheKernelHeldBackIsTakenWhenTheNumbersAgree) {
    std::string log = kill_of("morpharena-1-1", 10, "cc1");
    log.erase(0, log.find('\n') + 1);  // the line with the cgroup
    EXPECT_EQ(oom_victims(log, "morpharena-1-1", 1).size(), 1u);
    EXPECT_TRUE(oom_victims(log + log, "morpharena-1-1", 1).empty());  // whose is which?
}

TEST(OomLog, NonsenseIsNoVictim) {
    for (const char* log : {"", "\n\n", "oom-kill:", "oom-kill:task_memcg=,task=,pid=", "Killed process "}) {
        EXPECT_TRUE(oom_victims(log, "x", 0).empty()) << log;
    }
}

TEST(Outcome, NamesVictims) {
    Outcome outcome = judge(0, 3, false);
    EXPECT_EQ(describe(outcome), "OOM-killed (3 processes)");
    outcome.victims = {{1, "cc1", 0}, {2, "cc1", 0}, {3, "ld\x1b", 0}};
    EXPECT_EQ(describe(outcome), "OOM-killed (cc1, ld\\x1b)");
}

// As when the kernel's log named one run's victim and, busy with others', held back the next one's.
TEST(Outcome, RunsThatDiedAlikeAreOne) {
    Outcome named = judge(0, 1, false);
    named.victims = {{1, "cc1", 0}};
    const Outcome unnamed = judge(0, 1, false);
    const Outcome ok = judge(0, 0, false);
    EXPECT_EQ(describe(std::vector{unnamed, named}), "OOM-killed (cc1)");
    EXPECT_EQ(describe(std::vector{unnamed, ok, named}), "2 OOM-killed (cc1), 1 ok");
    EXPECT_EQ(describe(std::vector{unnamed, judge(0, 2, false)}),
              "1 OOM-killed (1 process), 1 OOM-killed (2 processes)");
    Outcome late = named;  // the OOM killer came, too, but it is not what ended the run
    late.verdict = Verdict::timed_out;
    EXPECT_EQ(describe(std::vector{unnamed, late}), "1 OOM-killed (1 process), 1 too slow, ended");
    EXPECT_EQ(describe(std::vector<Outcome>()), "not run");
}

TEST(KeyedNumber, ReadsEventsAndStatus) {
    EXPECT_EQ(keyed_number("oom 1\noom_kill 7\n", "oom_kill"), 7u);
    EXPECT_EQ(keyed_number("Tgid:\t12\nVmHWM:\t    2344 kB\n", "VmHWM:"), 2344u);
    EXPECT_FALSE(keyed_number("oom_kill\n", "oom_kill"));
    EXPECT_FALSE(keyed_number("oom_kill_x 3\n", "oom_kill"));
}

TEST(CpuLoad, CountsBusyTimeOnly) {
    EXPECT_DOUBLE_EQ(*busy_seconds("cpu  100 20 30 9999 888 1 2 47 5 6\ncpu0 1\n", 100), 2.0);
    EXPECT_FALSE(busy_seconds("cpu 1 2\n", 100));
    EXPECT_FALSE(busy_seconds("", 100));
}

}  // namespace
}  // namespace morpharena::tool
