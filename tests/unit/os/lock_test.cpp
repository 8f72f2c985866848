#include "core/os/lock.h"

#include <signal.h>

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/support/sanitizer.h"

namespace morpharena::os {
namespace {

TEST(OsLock, ExcludesThreadsThatSleep) {
    Lock lock;
    long inside = 0;  // not atomic: the lock keeps it right
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 5'000; ++i) {
                const LockedSection section(lock);
                ++inside;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(inside, 20'000);
}

TEST(OsLock, ASleeperIsWoken) {
    Lock lock;
    lock.lock();
    std::atomic<bool> entered{false};
    std::thread waiter([&] {
        lock.lock();
        entered = true;
        lock.unlock();
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(30));  // long after its hundred spins: it sleeps
    EXPECT_FALSE(entered);
    lock.unlock();
    waiter.join();
    EXPECT_TRUE(entered);
}

std::uint64_t blocked_signals() {
    std::uint64_t mask = 0;
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, nullptr, &mask, sizeof mask);
    return mask;
}

TEST(LockedSection, LetsSignalsInThatCannotWait) {
    Lock lock;
    const LockedSection section(lock);
    for (const int number : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS}) {
        EXPECT_EQ(blocked_signals() & (std::uint64_t{1} << (number - 1)), 0u) << number;
    }
}

TEST(LockedSection, BlocksSignalsInsideAndRestoresTheMask) {
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, SIGUSR2);
    sigaddset(&one, SIGTRAP);  // as the program had it
    pthread_sigmask(SIG_BLOCK, &one, nullptr);
    const std::uint64_t before = blocked_signals();
    Lock lock;
    {
        const LockedSection section(lock);
        EXPECT_TRUE(lock.held_by_me());
        const std::uint64_t inside = blocked_signals();
        for (const int number : {SIGUSR1, SIGTERM, SIGPROF, SIGCHLD, SIGTRAP, 34, 64}) {
            EXPECT_NE(inside & (std::uint64_t{1} << (number - 1)), 0u) << number;
        }
        const LockedSection again(lock);  // by the same thread
    }
    EXPECT_FALSE(lock.held_by_me());
    EXPECT_EQ(blocked_signals(), before);
    pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
}

TEST(LockedSection, IsWaitedForWithSignalsAsTheyAre) {
    Lock lock;
    lock.lock();
    std::atomic<pid_t> waiter{0};
    std::thread waiting([&] {
        waiter = gettid();
        const LockedSection section(lock);
    });
    // "S": it sleeps, and nothing else here makes it.
    std::string state;
    std::uint64_t blocked = 0;
    while (state != "S") {
        std::ifstream status("/proc/self/task/" + std::to_string(waiter) + "/status");
        for (std::string line; std::getline(status, line);) {
            if (line.starts_with("State:")) state = line.substr(7, 1);
            if (line.starts_with("SigBlk:")) blocked = std::stoull(line.substr(8), nullptr, 16);
        }
    }
    lock.unlock();
    waiting.join();
    EXPECT_EQ(blocked, blocked_signals());
}

TEST(QuickSection, HoldsTheLockAndLeavesSignalsAlone) {
    Lock lock;
    const std::uint64_t before = blocked_signals();
    {
        const QuickSection section(lock);
        EXPECT_TRUE(lock.held_by_me());
        EXPECT_EQ(blocked_signals(), before);
        bool held_by_other = true;
        std::thread([&] { held_by_other = lock.held_by_me(); }).join();
        EXPECT_FALSE(held_by_other);
    }
    EXPECT_FALSE(lock.held_by_me());
}

volatile sig_atomic_t handler_runs = 0;
void count_run(int) {
    handler_runs = handler_runs + 1;
}

TEST(LockedSection, ASignalArrivesAfterIt) {
    if (test::kOwnSignalHandlers) GTEST_SKIP() << "ThreadSanitizer calls handlers when it likes";
    struct sigaction action {};
    action.sa_handler = count_run;
    sigaction(SIGUSR1, &action, nullptr);
    Lock lock;
    handler_runs = 0;
    {
        const LockedSection section(lock);
        raise(SIGUSR1);
        EXPECT_EQ(handler_runs, 0);
    }
    EXPECT_EQ(handler_runs, 1);
    signal(SIGUSR1, SIG_DFL);
}

}  // namespace
}  // namespace morpharena::os
