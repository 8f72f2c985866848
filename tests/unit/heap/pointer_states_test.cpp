#include "core/heap/pointer_states.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace morpharena {
namespace {

// Addresses of nothing: the states are kept, what they speak of is never touched.
constexpr std::uintptr_t kBase = std::uintptr_t{0x7000} << 32;

class PointerStatesTest : public testing::Test {
  protected:
    void make_live(std::uintptr_t pointer) {
        ASSERT_TRUE(states_.make_page(pointer));
        ASSERT_TRUE(states_.hand_out(pointer));
    }
    std::unique_ptr<PointerStates> owned_ = std::make_unique<PointerStates>();
    PointerStates& states_ = *owned_;
};

TEST_F(PointerStatesTest, APointerGoesFromUnknownToLiveToFreedAndBack) {
    EXPECT_EQ(states_.find(kBase), PointerState::unknown);
    EXPECT_EQ(states_.take_back(kBase), PointerState::unknown);
    EXPECT_FALSE(states_.hand_out(kBase)) << "there is no page yet";
    make_live(kBase);
    EXPECT_EQ(states_.find(kBase), PointerState::live);
    EXPECT_EQ(states_.take_back(kBase), PointerState::live);
    EXPECT_EQ(states_.find(kBase), PointerState::freed);
    EXPECT_EQ(states_.take_back(kBase), PointerState::freed);
    EXPECT_TRUE(states_.hand_out(kBase));
    EXPECT_EQ(states_.take_back(kBase), PointerState::live);
}

TEST_F(PointerStatesTest, NeighboursAreTheirOwn) {
    // An allocator behind ours may have objects of 8 bytes side by side.
    for (std::uintptr_t i = 0; i < 3000; ++i) make_live(kBase + 8 * i);
    for (std::uintptr_t i = 0; i < 3000; i += 2)
        EXPECT_EQ(states_.take_back(kBase + 8 * i), PointerState::live);
    for (std::uintptr_t i = 0; i < 3000; ++i) {
        EXPECT_EQ(states_.find(kBase + 8 * i), i % 2 == 0 ? PointerState::freed : PointerState::live) << i;
        EXPECT_EQ(states_.find(kBase + 8 * i + 1), PointerState::never);
        EXPECT_EQ(states_.take_back(kBase + 8 * i + 4), PointerState::never);
    }
    EXPECT_EQ(states_.find(kBase + 8 * 3000), PointerState::never);
}

TEST_F(PointerStatesTest, ForgottenMemoryHasNothing) {
    const std::uintptr_t last = kBase + 2 * OwnerMap::kStep;
    make_live(kBase);
    make_live(last - 8);
    make_live(last);
    states_.take_back(kBase);
    states_.forget(kBase, 2 * OwnerMap::kStep);
    EXPECT_EQ(states_.find(kBase), PointerState::never);
    EXPECT_EQ(states_.find(last - 8), PointerState::never);
    EXPECT_EQ(states_.find(last), PointerState::live) << "behind what was forgotten";
    states_.forget(kBase + 40 * OwnerMap::kStep, OwnerMap::kStep);  // of which nothing is known
}

TEST_F(PointerStatesTest, FindsTheLiveOneBefore) {
    make_live(kBase + 64);
    EXPECT_EQ(states_.live_before(kBase + 64, 0), kBase + 64);
    EXPECT_EQ(states_.live_before(kBase + 71, 4096), kBase + 64);
    EXPECT_EQ(states_.live_before(kBase + 63, 4096), 0u);
    EXPECT_EQ(states_.live_before(kBase + 64 + 4096, 4096), kBase + 64);
    EXPECT_EQ(states_.live_before(kBase + 65 + 4096, 4096), 0u) << "out of reach";
    EXPECT_EQ(states_.live_before(kBase + 64 + 30 * OwnerMap::kStep, 40 * OwnerMap::kStep), kBase + 64)
        << "over steps of which nothing is known";
    make_live(kBase + 512);
    EXPECT_EQ(states_.live_before(kBase + 600, 4096), kBase + 512);
    EXPECT_EQ(states_.live_before(kBase + 511, 4096), kBase + 64);
    EXPECT_EQ(states_.live_before(1000, 4096), 0u) << "no underflow below the first step";
}

TEST_F(PointerStatesTest, OneOfManyThreadsTakesItBack) {
    constexpr int kPointers = 2000;
    for (std::uintptr_t i = 0; i < kPointers; ++i) make_live(kBase + 16 * i);
    std::atomic<int> taken{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (std::uintptr_t i = 0; i < kPointers; ++i)
                taken += states_.take_back(kBase + 16 * i) == PointerState::live ? 1 : 0;
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(taken, kPointers);
}

}  // namespace
}  // namespace morpharena
