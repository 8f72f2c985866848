// A tree run for real: what is waited for, what is measured, how its end is judged.
#include "tools/launch.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tools/environment.h"
#include "tools/exit_code.h"
#include "tools/process_tree.h"

namespace morpharena::tool {
namespace {

using testing::HasSubstr;

Launch shell(const std::string& script) {
    Launch launch;
    launch.command = {"/bin/sh", "-c", script};
    launch.environment = own_environment();
    launch.streams = Streams::discard;
    return launch;
}

RunResult run(const Launch& what) {
    Interrupts interrupts;
    return launch(what, interrupts);
}

std::string refusal(const Launch& what) {
    try {
        run(what);
    } catch (const BadInput& error) {
        return error.what();
    }
    return "started";
}

TEST(LaunchOutcome, FollowsTheCommand) {
    EXPECT_TRUE(run(shell("exit 0")).outcome.ok());
    const Outcome failed = run(shell("exit 7")).outcome;
    EXPECT_EQ(failed.verdict, Verdict::failed);
    EXPECT_EQ(failed.status, 7);
    const Outcome killed = run(shell("kill -SEGV $$")).outcome;
    EXPECT_EQ(killed.verdict, Verdict::killed);
    EXPECT_EQ(describe(killed), "killed by SIGSEGV");
}

TEST(LaunchOutcome, ExitStatus137IsNotAnOomKill) {
    EXPECT_EQ(run(shell("exit 137")).outcome.verdict, Verdict::failed);
    EXPECT_EQ(run(shell("kill -KILL $$")).outcome.verdict, Verdict::killed);
}

TEST(LaunchStart, WhatCannotBeExecutedIsSaidByName) {
    Launch missing = shell("");
    missing.command = {"morpharena-no-such-command"};
    EXPECT_THAT(refusal(missing), testing::AllOf(HasSubstr("morpharena-no-such-command"), HasSubstr("PATH")));
    missing.command = {"/nonexistent/x"};
    EXPECT_THAT(refusal(missing), HasSubstr("/nonexistent/x: cannot be executed"));
    missing.command = {"/etc/passwd"};
    EXPECT_THAT(refusal(missing), HasSubstr("Permission denied"));
}

TEST(LaunchStreams, TheEndOfStderrIsKept) {
    const RunResult result =
        run(shell("i=0; while [ $i -lt 3000 ]; do echo line$i >&2; i=$((i+1)); done; exit 1"));
    EXPECT_THAT(result.stderr_tail, testing::EndsWith("line2999\n"));
    EXPECT_LE(result.stderr_tail.size(), 4096u);
    EXPECT_THAT(result.stderr_tail, testing::Not(HasSubstr("line1\n")));
}

TEST(LaunchStreams, TheCommandReadsNothingOfOurs) {
    EXPECT_TRUE(run(shell("! read x")).outcome.ok());
}

TEST(LaunchMetrics, CountTheWholeTree) {
    // The grandchild works; its parent only waits.
    const RunResult result = run(shell("sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done' ; exit 0"));
    ASSERT_TRUE(result.metrics[Metric::cpu]);
    EXPECT_GT(*result.metrics[Metric::cpu], 0);
    EXPECT_GE(*result.metrics[Metric::wall], 0);
    EXPECT_GT(*result.metrics[Metric::faults], 0);
    EXPECT_GT(*result.metrics[Metric::peak_memory], 0);
    EXPECT_EQ(result.peak_source, PeakSource::largest_rusage);
    // Either there is a count or a reason why not.
    EXPECT_NE(result.metrics[Metric::instructions].has_value(), !result.instruction_problem.empty());
}

TEST(LaunchTree, AnOrphanIsWaitedFor) {
    const std::string mark =
        fmt::format("{}/orphan-{}", std::filesystem::temp_directory_path().string(), ::getpid());
    // The command ends at once; the background process leaves its session and its parent, and writes later.
    Launch launch = shell(fmt::format("(setsid sh -c 'sleep 0.2; echo done > {}' &) ; exit 0", mark));
    launch.linger = std::chrono::hours(1);
    const RunResult result = run(launch);
    EXPECT_TRUE(std::filesystem::exists(mark));
    std::filesystem::remove(mark);
    EXPECT_EQ(result.outlived, 0u);
}

TEST(LaunchTree, ADaemonIsEndedAndSaid) {
    Launch launch = shell("(setsid sh -c 'trap \"\" TERM; while :; do sleep 0.05; done' &) ; exit 0");
    launch.linger = std::chrono::milliseconds(50);
    const RunResult result = run(launch);
    EXPECT_TRUE(result.outcome.ok());
    EXPECT_GE(result.outlived, 1u);
}

TEST(LaunchTree, ChildrenThatWeHadBeforeAreLeftAlone) {
    const pid_t ours = ::fork();
    if (ours == 0) {
        ::pause();
        ::_exit(0);
    }
    Launch launch = shell("exit 0");
    launch.linger = std::chrono::milliseconds(0);
    EXPECT_TRUE(run(launch).outcome.ok());
    EXPECT_EQ(::kill(ours, 0), 0);
    EXPECT_EQ(::waitpid(ours, nullptr, WNOHANG), 0);
    ::kill(ours, SIGKILL);
    ::waitpid(ours, nullptr, 0);
}

TEST(LaunchTree, AnInterruptEndsAllOfIt) {
    const std::string mark =
        fmt::format("{}/pids-{}", std::filesystem::temp_directory_path().string(), ::getpid());
    Interrupts interrupts;
    const pid_t self = ::getpid();
    const pid_t sender = ::fork();
    if (sender == 0) {  // interrupts us once the tree stands
        while (!std::filesystem::exists(mark)) ::usleep(1000);
        ::kill(self, SIGINT);
        ::_exit(0);
    }
    Launch what = shell(fmt::format("sleep 1000 & echo $! > {0}.part; mv {0}.part {0}; wait", mark));
    const RunResult result = launch(what, interrupts);
    ::waitpid(sender, nullptr, 0);
    EXPECT_EQ(result.outcome.verdict, Verdict::interrupted);
    EXPECT_TRUE(interrupts.requested());
    pid_t sleeper = 0;
    std::ifstream(mark) >> sleeper;
    std::filesystem::remove(mark);
    ASSERT_GT(sleeper, 0);
    const auto stat = stat_of(sleeper);
    EXPECT_TRUE(!stat || stat->state == 'Z');
}

TEST(LaunchCgroup, TheTreesPeakAndItsOomKillsAreRead) {
    std::string reason;
    const auto place = CgroupPlace::find(reason);
    if (!place) GTEST_SKIP() << reason;
    Launch launch = shell("head -c 300000000 /dev/zero | tail -c 300000000 > /dev/null; exit 0");
    launch.place = &*place;
    const RunResult free = run(launch);
    EXPECT_TRUE(free.outcome.ok());
    EXPECT_GT(*free.metrics[Metric::peak_memory], 300e6);
    launch.memory_limit = 64 << 20;
    const RunResult limited = run(launch);
    // The shell went on after tail's end, and its exit status says nothing.
    EXPECT_EQ(limited.outcome.verdict, Verdict::out_of_memory);
    EXPECT_EQ(limited.outcome.status, 0);
    EXPECT_GE(limited.outcome.oom_kills, 1u);
    EXPECT_LE(*limited.metrics[Metric::peak_memory], 64 << 20);
    for (const auto& entry : std::filesystem::directory_iterator(place->directory())) {
        EXPECT_THAT(entry.path().filename().string(),
                    testing::Not(testing::StartsWith(fmt::format("morpharena-{}-", ::getpid()))));
    }
}

}  // namespace
}  // namespace morpharena::tool
