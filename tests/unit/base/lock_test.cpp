#include "core/base/lock.h"

#include <gtest/gtest.h>

#include <array>
#include <thread>
#include <vector>

namespace morpharena {
namespace {

// A kernel whose calls can be watched. Who is asking is set by the test, so that one thread can play several.
struct FakeKernel {
    static inline thread_local std::uintptr_t me = 2;
    static inline std::atomic<int> waits{0};
    static inline std::atomic<int> wakes{0};

    static std::uintptr_t self() { return me; }
    static void wait(std::atomic<std::uintptr_t>& word, std::uintptr_t seen) {
        waits.fetch_add(1);
        if (word.load() == seen) std::this_thread::yield();  // may return early, as the concept allows
    }
    static void wake(std::atomic<std::uintptr_t>&) { wakes.fetch_add(1); }
    static void forget() {
        waits = 0;
        wakes = 0;
    }
};

TEST(Lock, UncontendedNeverEntersTheKernel) {
    FakeKernel::forget();
    BasicLock<FakeKernel> lock;
    EXPECT_FALSE(lock.held_by_me());
    for (int i = 0; i < 3; ++i) {
        lock.lock();
        EXPECT_TRUE(lock.held_by_me());
        lock.unlock();
        EXPECT_FALSE(lock.held_by_me());
    }
    EXPECT_EQ(FakeKernel::waits, 0);
    EXPECT_EQ(FakeKernel::wakes, 0);
}

TEST(Lock, TheHolderMayTakeItAgain) {
    BasicLock<FakeKernel> lock;
    lock.lock();
    lock.lock();
    lock.unlock();
    EXPECT_TRUE(lock.held_by_me());
    FakeKernel::me = 4;
    EXPECT_FALSE(lock.held_by_me());
    FakeKernel::me = 2;
    lock.unlock();
    EXPECT_FALSE(lock.held_by_me());
}

TEST(Lock, TryingTakesItFromNobody) {
    BasicLock<FakeKernel> lock;
    EXPECT_TRUE(lock.try_lock());
    EXPECT_TRUE(lock.held_by_me());
    EXPECT_FALSE(lock.try_lock()) << "a signal handler must not come into its own thread's section";
    FakeKernel::me = 4;
    EXPECT_FALSE(lock.try_lock());
    FakeKernel::me = 2;
    lock.unlock();
    EXPECT_FALSE(lock.held_by_me());
    EXPECT_TRUE(lock.try_lock());
    lock.unlock();
}

TEST(Lock, AllZeroBytesAreAFreeLock) {
    // A fork child finds its lock's page wiped.
    using Tested = BasicLock<FakeKernel>;
    alignas(Tested) std::array<std::byte, sizeof(Tested)> bytes{};
    auto* lock = reinterpret_cast<Tested*>(bytes.data());
    EXPECT_FALSE(lock->held_by_me());
    lock->lock();
    EXPECT_TRUE(lock->held_by_me());
    lock->unlock();
}

TEST(Lock, AWaiterSleepsAndIsWoken) {
    FakeKernel::forget();
    BasicLock<FakeKernel> lock;
    lock.lock();
    std::thread waiter([&] {
        FakeKernel::me = 4;
        lock.lock();
        lock.unlock();
    });
    while (FakeKernel::waits == 0) std::this_thread::yield();
    EXPECT_EQ(FakeKernel::wakes, 0);
    lock.unlock();
    waiter.join();
    EXPECT_GE(FakeKernel::wakes, 1);
}

TEST(Lock, ExcludesFourThreads) {
    BasicLock<FakeKernel> lock;
    constexpr int kRounds = 20'000;
    long inside = 0;  // not atomic: the lock is what keeps it right
    std::vector<std::thread> threads;
    for (std::uintptr_t id = 10; id < 18; id += 2) {
        threads.emplace_back([&, id] {
            FakeKernel::me = id;
            for (int i = 0; i < kRounds; ++i) {
                lock.lock();
                ++inside;
                lock.unlock();
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(inside, 4L * kRounds);
}

}  // namespace
}  // namespace morpharena
