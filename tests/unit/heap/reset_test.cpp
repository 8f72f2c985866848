#include "core/heap/reset.h"

#include <gtest/gtest.h>
#include <string.h>

#include <atomic>
#include <barrier>
#include <thread>
#include <vector>

#include "tests/unit/support/in_child.h"
#include "tests/unit/support/process_under_test.h"

namespace morpharena {
namespace {

class ResetTest : public testing::Test {
  protected:
    void SetUp() override {
        test::my_heap();
        if (process_heap.config().mode.value != Mode::arena) GTEST_SKIP() << "only an arena is reset";
    }
    static std::size_t block_bytes() { return process_heap.config().block_size.value; }
    static std::size_t reset_safely() {
        const os::LockedSection section(process_heap.lock());
        return process_heap.resets().reset_safely(process_heap, test::my_heap());
    }
    static std::uintptr_t mark() {
        const os::LockedSection section(process_heap.lock());
        return process_heap.resets().make_mark(process_heap, test::my_heap());
    }
    static bool reset(std::uintptr_t to) {
        const os::LockedSection section(process_heap.lock());
        return process_heap.resets().reset_to_mark(process_heap, test::my_heap(), to);
    }
    // Objects that fill some `blocks` blocks.
    static std::vector<void*> fill(std::size_t blocks) {
        const std::size_t size = largest_in_block(block_bytes()) / 2;
        std::vector<void*> objects;
        for (std::size_t i = 0; i < blocks * 8; ++i) {
            objects.push_back(allocate(size));
            EXPECT_NE(objects.back(), nullptr);
            memset(objects.back(), 0x5a, 64);
        }
        return objects;
    }
    static std::uint64_t rewound() { return process_heap.counters().blocks_rewound.get(); }
};

TEST_F(ResetTest, DeadBlocksAreTakenAndServeAgain) {
    if (!process_heap.resets_safely()) GTEST_SKIP() << "frees are not counted in this row";
    for (void* object : fill(3)) release(object);
    EXPECT_GE(reset_safely(), 2u);
    const std::uint64_t blocks = process_heap.counters().blocks.get();
    for (void* object : fill(2)) release(object);
    EXPECT_EQ(process_heap.counters().blocks.get(), blocks) << "no new block was needed";
    reset_safely();
}

TEST_F(ResetTest, OneLiveObjectKeepsItsBlock) {
    if (!process_heap.resets_safely()) GTEST_SKIP() << "frees are not counted in this row";
    std::vector<void*> objects = fill(3);
    void* kept = objects[12];
    objects[12] = nullptr;
    memset(kept, 0x77, 64);
    for (void* object : objects) release(object);
    reset_safely();
    EXPECT_GE(process_heap.counters().pinned_blocks.get(), 1u);
    EXPECT_GE(process_heap.counters().pinned_objects.get(), 1u);
    const PinnedBlock& largest = process_heap.pinned().rows()[0];
    EXPECT_GE(largest.bytes.get(), block_bytes());
    EXPECT_GE(largest.objects.get(), 1u);
    for (void* object : fill(4)) release(object);
    EXPECT_EQ(static_cast<char*>(kept)[0], 0x77);
    EXPECT_EQ(static_cast<char*>(kept)[63], 0x77);
    release(kept);
    EXPECT_GE(reset_safely(), 1u);
}

TEST_F(ResetTest, ThePresentBlockOfItsOwnThreadIsRewound) {
    if (!process_heap.resets_safely()) GTEST_SKIP() << "frees are not counted in this row";
    for (void* object : fill(1)) release(object);
    reset_safely();
    const std::uint64_t before = rewound();
    void* first = allocate(40);
    release(first);
    reset_safely();
    void* again = allocate(40);
    void* live = again;
    // Where a free rewinds by itself, the reset finds it done.
    EXPECT_TRUE(rewound() > before || process_heap.config().rewind.value);
    EXPECT_LE(again, first);
    const std::uint64_t then = rewound();
    reset_safely();
    EXPECT_EQ(rewound(), then) << "an object lives in it";
    release(live);
}

TEST_F(ResetTest, CallocOfUsedBlocksIsZero) {
    if (!process_heap.resets_safely()) GTEST_SKIP() << "frees are not counted in this row";
    for (int round = 0; round < 4; ++round) {
        std::vector<void*> objects;
        for (std::size_t i = 0; i < block_bytes() / 1024 * 2 && i < 8192; ++i) {
            auto* object = static_cast<unsigned char*>(allocate_zeroed(1, 1000));
            ASSERT_NE(object, nullptr);
            ASSERT_EQ(object[0] | object[500] | object[999], 0) << "round " << round;
            memset(object, 0xee, 1000);
            objects.push_back(object);
        }
        for (void* object : objects) release(object);
        reset_safely();
    }
}

// A thread's first block begins with small pages, and so with an end of its own, when it is new; one that is
// used again must keep its end, which tells the next user what may be dirty.
TEST_F(ResetTest, CallocOfBlocksThatNewThreadsHadIsZero) {
    if (!process_heap.resets_safely()) GTEST_SKIP() << "frees are not counted in this row";
    constexpr std::size_t kThreads =
        8;  // all alive at once, so that hardly any takes over an ended one's heap
    const std::size_t size = largest_in_block(block_bytes()) / 2;
    const auto dirty = [&](std::size_t blocks) {
        std::vector<void*> objects = fill(blocks);
        for (void* object : objects) memset(object, 0xee, size);
        for (void* object : objects) release(object);
    };
    dirty(3 * kThreads);
    reset_safely();
    std::barrier all(kThreads);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < kThreads; ++i) {
        threads.emplace_back([&] {
            dirty(2);
            all.arrive_and_wait();
        });
    }
    for (std::thread& thread : threads) thread.join();
    reset_safely();
    std::vector<unsigned char*> objects;
    for (std::size_t i = 0; i < 3 * kThreads * 8; ++i) {
        auto* object = static_cast<unsigned char*>(allocate_zeroed(1, size));
        ASSERT_NE(object, nullptr);
        ASSERT_TRUE(object[0] == 0 && memcmp(object, object + 1, size - 1) == 0) << "object " << i;
        objects.push_back(object);
    }
    for (unsigned char* object : objects) release(object);
    reset_safely();
}

TEST_F(ResetTest, FreesOfOtherThreadsCountThoughTheOwnerIsIdle) {
    if (!process_heap.resets_safely()) GTEST_SKIP() << "frees are not counted in this row";
    std::vector<void*> objects;
    std::atomic<int> step{0};
    std::thread owner([&] {
        objects = fill(3);
        step = 1;
        step.notify_all();
        step.wait(1);  // idle: it reads no inbox
    });
    step.wait(0);
    for (void* object : objects) release(object);
    EXPECT_GE(reset_safely(), 2u);
    for (void* object : fill(3)) release(object);
    step = 2;
    step.notify_all();
    owner.join();
    reset_safely();
}

TEST_F(ResetTest, AForkChildTakesWhatThreadsThatStayedBehindLeft) {
    if (!process_heap.resets_safely()) GTEST_SKIP() << "frees are not counted in this row";
    std::vector<void*> objects;
    std::atomic<int> step{0};
    std::thread owner([&] {
        objects = fill(3);
        step = 1;
        step.notify_all();
        step.wait(1);
    });
    step.wait(0);
    const int status = test::status_in_child([&] {
        for (void* object : objects) release(object);
        return reset_safely() >= 2 ? 0 : 1;
    });
    EXPECT_EQ(status, 0);
    step = 2;
    step.notify_all();
    owner.join();
    for (void* object : objects) release(object);
    reset_safely();
}

TEST_F(ResetTest, FreedLargeObjectsComeBackAndAreNoObjectsMeanwhile) {
    if (!process_heap.resets_safely()) GTEST_SKIP() << "frees are not counted in this row";
    const std::size_t size = block_bytes();
    void* large = allocate(size);
    ASSERT_NE(large, nullptr);
    void* other = allocate(size);
    large = reallocate(large, size * 3);
    release(large);
    EXPECT_EQ(usable_size(large), 0u);
    const std::uint64_t before = process_heap.counters().large_rewound.get();
    reset_safely();
    EXPECT_EQ(process_heap.counters().large_rewound.get(), before + 1);
    EXPECT_GE(usable_size(other), size);
    release(other);
    reset_safely();
}

TEST_F(ResetTest, ARequestIsHonouredAtTheNextRefill) {
    if (!process_heap.resets_safely()) GTEST_SKIP() << "frees are not counted in this row";
    for (void* object : fill(2)) release(object);
    const std::uint64_t before = process_heap.counters().resets.get();
    process_heap.resets().ask();
    process_heap.resets().ask();
    EXPECT_EQ(process_heap.counters().resets.get(), before);
    for (void* object : fill(2)) release(object);
    EXPECT_EQ(process_heap.counters().resets.get(), before + 1) << "two requests at once are one reset";
}

TEST_F(ResetTest, AMarkTakesBackWhatCameAfterItAndNothingElse) {
    auto* kept = static_cast<char*>(allocate(100));
    memset(kept, 0x11, 100);
    const std::uintptr_t here = mark();
    ASSERT_NE(here, 0u);
    void* first = allocate(100);
    for (int round = 0; round < 3; ++round) {
        fill(3);
        const std::uint64_t large = process_heap.counters().large_rewound.get();
        ASSERT_NE(allocate(block_bytes()), nullptr);
        ASSERT_TRUE(reset(here));
        EXPECT_EQ(process_heap.counters().large_rewound.get(), large + 1);
        EXPECT_EQ(allocate(100), first);
        auto* zeroed = static_cast<char*>(allocate_zeroed(1, 900));
        for (int i = 0; i < 900; ++i) ASSERT_EQ(zeroed[i], 0);
    }
    for (int i = 0; i < 100; ++i) ASSERT_EQ(kept[i], 0x11);
    EXPECT_GE(usable_size(kept), 100u);
    EXPECT_LE(usable_size(kept), 112u);
    ASSERT_TRUE(reset(here));
}

TEST_F(ResetTest, ABlockSplitByAMarkIsNoMoreTakenByASafeReset) {
    if (!process_heap.resets_safely()) GTEST_SKIP() << "frees are not counted in this row";
    auto* kept = static_cast<char*>(allocate(100));
    memset(kept, 0x22, 100);
    void* before = allocate(100);
    release(before);
    const std::uintptr_t here = mark();
    for (void* object : fill(2)) release(object);  // freed above the mark as well as below
    ASSERT_TRUE(reset(here));
    for (void* object : fill(2)) release(object);
    reset_safely();
    for (void* object : fill(3)) release(object);
    for (int i = 0; i < 100; ++i) ASSERT_EQ(kept[i], 0x22);
    reset_safely();
}

TEST_F(ResetTest, WhatIsNoMarkIsRefused) {
    const std::uintptr_t outer = mark();
    EXPECT_EQ(mark(), outer);
    allocate(64);
    const std::uintptr_t inner = mark();
    EXPECT_NE(inner, outer);
    const std::uint64_t refused = process_heap.counters().resets_refused.get();
    std::thread([&] { EXPECT_FALSE(reset(inner)); }).join();
    ASSERT_TRUE(reset(outer));
    EXPECT_FALSE(reset(inner));
    EXPECT_FALSE(reset(reinterpret_cast<std::uintptr_t>(&outer)));
    EXPECT_EQ(process_heap.counters().resets_refused.get(), refused + 3);
}

}  // namespace
}  // namespace morpharena
