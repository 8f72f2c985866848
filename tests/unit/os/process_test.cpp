#include "core/os/process.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include "tests/unit/support/in_child.h"
#include "tests/unit/support/sanitizer.h"
#include "tests/unit/support/temp_dir.h"

namespace morpharena::os {
namespace {

TEST(Process, Ids) {
    EXPECT_EQ(process_id(), getpid());
    EXPECT_EQ(parent_id(), getppid());
    EXPECT_EQ(thread_id(), gettid());
    int other = 0;
    std::thread([&] { other = thread_id(); }).join();
    EXPECT_NE(other, thread_id());
}

TEST(Process, AThreadExistsUntilItHasEnded) {
    EXPECT_TRUE(thread_exists(getpid(), gettid()));
    std::atomic<int> id{0};
    std::atomic<bool> stay{true};
    std::thread thread([&] {
        id = gettid();
        while (stay) std::this_thread::yield();
    });
    while (id == 0) std::this_thread::yield();
    EXPECT_TRUE(thread_exists(getpid(), id));
    stay = false;
    thread.join();
    // join returns when the kernel clears the thread's id, a moment before the thread is gone from its
    // tables.
    for (int i = 0; i < 1000 && thread_exists(getpid(), id); ++i) usleep(1000);
    EXPECT_FALSE(thread_exists(getpid(), id));
}

TEST(Process, AThreadOfAnotherProcessIsNotOurs) {
    EXPECT_FALSE(thread_exists(getpid(), getppid()));
}

// Field 22, counted without the code under test.
std::uint64_t expected_start() {
    std::string text = test::contents("/proc/self/stat");
    std::istringstream fields(text.substr(text.rfind(')') + 1));
    std::string field;
    for (int i = 3; i <= 22; ++i) fields >> field;
    return std::stoull(field);
}

TEST(Process, StartTicks) {
    EXPECT_NE(start_ticks(), 0u);
    EXPECT_EQ(start_ticks(), expected_start());
}

TEST(Process, StartTicksOfAProgramWithAnOddName) {
    std::array<char, 16> before{};
    prctl(PR_GET_NAME, before.data());
    const std::uint64_t expected = expected_start();
    for (const char* name : {"a ) 7 (b", ") ) ) ) )", "((", " "}) {
        prctl(PR_SET_NAME, name);
        EXPECT_EQ(start_ticks(), expected) << name;
    }
    prctl(PR_SET_NAME, before.data());
}

TEST(Process, RealTime) {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    const auto reference =
        static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
    const std::uint64_t ours = realtime_ns();
    EXPECT_GE(ours, reference);
    EXPECT_LT(ours - reference, 10'000'000'000u);
}

TEST(Process, UsageCountsPagesTouched) {
    constexpr std::size_t kPages = 256;
    const Usage before = usage();
    auto* memory = static_cast<char*>(
        mmap(nullptr, kPages * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    ASSERT_NE(memory, MAP_FAILED);
    madvise(memory, kPages * 4096, MADV_NOHUGEPAGE);
    for (std::size_t i = 0; i < kPages; ++i) memory[i * 4096] = 1;
    const Usage after = usage();
    munmap(memory, kPages * 4096);
    EXPECT_GE(after.minor_faults - before.minor_faults, kPages);
    EXPECT_GE(after.user_us + after.system_us, before.user_us + before.system_us);
}

TEST(Process, PeakRssRisesWithTheMemoryTouched) {
    // In a child: its peak starts at what it has now, this process's may be far above.
    EXPECT_EQ(0, test::status_in_child([] {
                  const std::uint64_t before = peak_rss();
                  if (before < 100'000) return 1;
                  constexpr std::size_t kBytes = std::size_t{64} << 20;
                  auto* memory = static_cast<char*>(
                      mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
                  if (memory == MAP_FAILED) return 2;
                  memset(memory, 1, kBytes);
                  const std::uint64_t at_peak = peak_rss();
                  munmap(memory, kBytes);
                  if (at_peak < before + kBytes * 3 / 4) return 3;
                  return peak_rss() >= at_peak - (1u << 20) ? 0 : 4;  // a peak stays
              }));
}

TEST(Process, ExecutableAndArguments) {
    std::array<char, 4096> buffer;
    const std::string path(buffer.data(), executable(buffer));
    EXPECT_EQ(path, std::filesystem::read_symlink("/proc/self/exe").string());
    const std::string line(buffer.data(), command_line(buffer));
    EXPECT_EQ(line, test::contents("/proc/self/cmdline").substr(0, buffer.size()));
    std::array<char, 3> tiny;
    EXPECT_EQ(executable(tiny), 0u) << "never half a path";
    EXPECT_EQ(command_line(tiny), 3u);
}

TEST(Process, SignalHandlerIsWhatTheProgramSet) {
    if (test::kOwnSignalHandlers) GTEST_SKIP() << "ThreadSanitizer's handler stands for the program's";
    EXPECT_EQ(signal_handler(SIGUSR2), 0u);
    const auto handler = [](int) {};
    void (*const function)(int) = handler;
    signal(SIGUSR2, function);
    EXPECT_EQ(signal_handler(SIGUSR2), reinterpret_cast<std::uintptr_t>(function));
    signal(SIGUSR2, SIG_IGN);
    EXPECT_EQ(signal_handler(SIGUSR2), 1u);
    signal(SIGUSR2, SIG_DFL);
}

TEST(Process, LimitsAsSetInAChild) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        const rlimit space = {std::size_t{8} << 30, std::size_t{8} << 30};
        const rlimit data = {std::size_t{3} << 30, std::size_t{3} << 30};
        if (setrlimit(RLIMIT_AS, &space) != 0 || setrlimit(RLIMIT_DATA, &data) != 0) _exit(9);
        const Limits found = limits();
        _exit(found.address_space == space.rlim_cur && found.data == data.rlim_cur ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
}

TEST(Process, UnlimitedIsZeroAndMemoryIsTheMachines) {
    rlimit space{};
    getrlimit(RLIMIT_AS, &space);
    const Limits found = limits();
    EXPECT_EQ(found.address_space, space.rlim_cur == RLIM_INFINITY ? 0 : space.rlim_cur);
    const auto pages = static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES));
    EXPECT_EQ(found.machine_memory, pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)));
}

}  // namespace
}  // namespace morpharena::os
