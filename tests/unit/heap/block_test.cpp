#include "core/heap/block.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <set>
#include <vector>

namespace morpharena {
namespace {

constexpr std::size_t kBlock = std::size_t{64} << 10;

// A block of 64 KiB, aligned to its size, all zero.
class MarksTest : public testing::Test {
  protected:
    void SetUp() override {
        memory_ = static_cast<std::byte*>(std::aligned_alloc(kBlock, kBlock));
        ASSERT_NE(memory_, nullptr);
        std::fill_n(memory_, kBlock, std::byte{0});
        block_ = reinterpret_cast<std::uintptr_t>(memory_);
        marks_ = Marks(block_);
        first_ = block_ + align_up(block_prologue(kBlock), kGranule);
    }
    void TearDown() override { std::free(memory_); }

    std::byte* memory_ = nullptr;
    std::uintptr_t block_ = 0;
    std::uintptr_t first_ = 0;
    Marks marks_;
};

TEST(Block, PrologueIsHeaderAndABitAGranule) {
    for (std::size_t bytes = kBlock; bytes <= (std::size_t{1} << 30); bytes *= 2) {
        EXPECT_EQ(block_prologue(bytes), sizeof(BlockHeader) + bytes / kGranule / 8);
        EXPECT_LT(static_cast<double>(block_prologue(bytes)), 0.01 * static_cast<double>(bytes));
    }
}

TEST_F(MarksTest, OneBitForEachGranuleInsideTheBitmap) {
    std::set<std::pair<std::size_t, unsigned>> seen;
    for (std::uintptr_t at = first_; at < block_ + kBlock; at += kGranule) {
        marks_.set(at);
        EXPECT_TRUE(marks_.test(at));
        std::size_t byte = sizeof(BlockHeader);
        while (byte < block_prologue(kBlock) && memory_[byte] == std::byte{0}) ++byte;
        ASSERT_LT(byte, block_prologue(kBlock)) << "the mark went somewhere else";
        EXPECT_TRUE(seen.emplace(byte, static_cast<unsigned>(memory_[byte])).second)
            << "two granules share a bit";
        marks_.clear(at);
        EXPECT_FALSE(marks_.test(at));
    }
    for (std::size_t i = 0; i < kBlock; ++i) ASSERT_EQ(memory_[i], std::byte{0}) << i;
}

TEST_F(MarksTest, AddressesInsideAGranuleShareItsMark) {
    marks_.set(first_);
    EXPECT_TRUE(marks_.test(first_ + 15));
    EXPECT_FALSE(marks_.test(first_ + 16));
}

TEST_F(MarksTest, NextFindsTheFollowingMarkAtEveryDistance) {
    const std::uintptr_t last = block_ + kBlock - kGranule;
    // Starts on both sides of word borders (a word speaks of 1,024 bytes), distances within, to and over
    // words.
    for (const std::uintptr_t start :
         {first_, align_up(first_, 1024) - 16, align_up(first_, 1024), align_up(first_, 1024) + 16}) {
        for (std::uintptr_t other = start + kGranule; other <= last; other += kGranule) {
            marks_.set(start);
            marks_.set(other);
            ASSERT_EQ(marks_.next(start, last), other)
                << "from " << start - block_ << " to " << other - block_;
            marks_.clear(other);
        }
        EXPECT_EQ(marks_.next(start, last), 0u) << "no mark behind";
        marks_.clear(start);
    }
}

TEST_F(MarksTest, LastFindsTheNewestMark) {
    const std::uintptr_t high = block_ + kBlock;
    marks_.set(first_);
    EXPECT_EQ(marks_.last(first_, high), first_);
    for (std::uintptr_t at = first_ + kGranule; at < high; at += kGranule) {
        marks_.set(at);
        ASSERT_EQ(marks_.last(first_, high), at) << at - block_;
        ASSERT_EQ(marks_.last(first_, at + kGranule), at) << at - block_;
        marks_.clear(at);
    }
}

TEST_F(MarksTest, RandomObjectsAgreeWithAList) {
    std::mt19937 random(4);
    std::vector<std::uintptr_t> starts;
    for (std::uintptr_t at = first_; at < block_ + kBlock; at += kGranule * (1 + random() % 150))
        starts.push_back(at);
    for (const std::uintptr_t start : starts) marks_.set(start);
    for (std::size_t i = 0; i + 1 < starts.size(); ++i)
        EXPECT_EQ(marks_.next(starts[i], starts.back()), starts[i + 1]);
    EXPECT_EQ(marks_.last(first_, block_ + kBlock), starts.back());
}

}  // namespace
}  // namespace morpharena
