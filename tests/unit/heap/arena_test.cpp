#include "core/heap/arena.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/support/process_under_test.h"

namespace morpharena {
namespace {

// Blocks under a heap of its own, so that nothing else moves the cursor.
class ArenaTest : public testing::Test {
  protected:
    void SetUp() override {
        test::my_heap();
        heap_.roots = &roots_;
        heap_.counters = &heap_.own_counters;
        roots_.blocks_taken = 1;  // whole blocks; a heap's first one is a test of its own
        const Config& config = process_heap.config();
        if (config.mode.value == Mode::adaptive && config.budget.value < config.block_size.value) {
            GTEST_SKIP() << "the budget allows no block of this size";
        }
    }
    std::uintptr_t block_end() const { return block_header(heap_.block)->end; }

    ThreadHeap heap_;
    HeapRoots roots_;
};

TEST_F(ArenaTest, NoBlockNoObject) {
    EXPECT_EQ(bump(heap_, 16), 0u);
    EXPECT_EQ(bytes_taken(heap_), 0u);
}

TEST_F(ArenaTest, ObjectsFollowEachOtherAndKnowTheirEnds) {
    ASSERT_TRUE(refill(process_heap, heap_, 1000, kGranule));
    std::vector<std::uintptr_t> starts;
    for (std::size_t i = 1; i <= 60; ++i) starts.push_back(bump(heap_, i * kGranule));
    for (std::size_t i = 0; i < starts.size(); ++i) {
        const std::size_t size = (i + 1) * kGranule;
        EXPECT_EQ(end_of_object(*block_header(heap_.block), starts[i]), starts[i] + size);
        if (i > 0) {
            EXPECT_EQ(starts[i], starts[i - 1] + i * kGranule);
        }
        EXPECT_EQ(end_of_object(*block_header(heap_.block), starts[i] + 8), 0u);
        if (size > kGranule) {
            EXPECT_EQ(end_of_object(*block_header(heap_.block), starts[i] + kGranule), 0u) << "inside";
        }
    }
    EXPECT_EQ(end_of_object(*block_header(heap_.block), heap_.cursor), 0u)
        << "the cursor's mark is no object";
    EXPECT_EQ(end_of_object(*block_header(heap_.block), heap_.block), 0u) << "nor is the header";
    EXPECT_EQ(end_of_object(*block_header(heap_.block), heap_.block + sizeof(BlockHeader)), 0u);
    EXPECT_TRUE(is_newest(heap_, starts.back() + 60 * kGranule));
    EXPECT_EQ(bytes_taken(heap_), 60u * 61 / 2 * kGranule);
}

TEST_F(ArenaTest, ABlockFillsToItsEndAndNoFurther) {
    ASSERT_TRUE(refill(process_heap, heap_, 16, kGranule));
    const std::size_t room = heap_.limit - heap_.cursor;
    EXPECT_EQ(bump(heap_, room + kGranule), 0u);
    const std::uintptr_t all = bump(heap_, room);
    ASSERT_NE(all, 0u);
    EXPECT_EQ(end_of_object(*block_header(heap_.block), all), all + room)
        << "the mark at the very end has a place";
    EXPECT_EQ(bump(heap_, kGranule), 0u);
    EXPECT_LE(heap_.cursor + kGranule, heap_.block + block_header(heap_.block)->bytes);
}

// Its first 640 KiB stand on small pages. That must be room for objects, however large the bitmap before them
// is: a limit may leave this heap no second block.
TEST_F(ArenaTest, AHeapsFirstBlockHasRoomForManyObjects) {
    roots_.blocks_taken = 0;
    ASSERT_TRUE(refill(process_heap, heap_, 16, kGranule));
    const std::size_t block = process_heap.config().block_size.value;
    EXPECT_GE(heap_.limit - heap_.cursor, std::min(block - block / 64, std::size_t{640} << 10) - (32u << 10));
}

TEST_F(ArenaTest, AFullBlocksRestIsWaste) {
    ASSERT_TRUE(refill(process_heap, heap_, 16, kGranule));
    bump(heap_, 160);
    const std::uint64_t rest = heap_.limit - heap_.cursor;
    const std::uint64_t before = process_heap.counters().block_end_waste.get();
    ASSERT_TRUE(refill(process_heap, heap_, 16, kGranule));
    EXPECT_EQ(process_heap.counters().block_end_waste.get() - before, rest);
    EXPECT_EQ(bytes_taken(heap_), 160u);
    EXPECT_EQ(roots_.blocks_taken, 3u);
    EXPECT_EQ(block_header(heap_.block)->owner, &heap_);
}

TEST_F(ArenaTest, ARefillHasRoomForWhatWasAskedAtEveryAlignment) {
    const std::size_t most = largest_in_block(process_heap.config().block_size.value);
    for (std::size_t alignment = kGranule; alignment <= most; alignment *= 2) {
        const std::size_t bytes = most - alignment + kGranule;
        heap_.limit = heap_.cursor;
        ASSERT_TRUE(refill(process_heap, heap_, bytes, alignment));
        std::size_t gap = 0;
        const std::uintptr_t object = bump_aligned(heap_, bytes, alignment, gap);
        ASSERT_NE(object, 0u) << alignment;
        EXPECT_EQ(object % alignment, 0u);
        EXPECT_LT(gap, alignment);
        EXPECT_EQ(end_of_object(*block_header(heap_.block), object), object + bytes);
    }
}

TEST_F(ArenaTest, AGapIsAnObjectOfNobody) {
    ASSERT_TRUE(refill(process_heap, heap_, 16, kGranule));
    const std::uintptr_t before = bump(heap_, 16);
    bump(heap_, 16);
    std::size_t gap = 0;
    const std::uintptr_t object = bump_aligned(heap_, 64, 4096, gap);
    ASSERT_NE(gap, 0u);
    EXPECT_EQ(end_of_object(*block_header(heap_.block), object), object + 64);
    EXPECT_EQ(end_of_object(*block_header(heap_.block), before), before + 16);
    EXPECT_EQ(end_of_object(*block_header(heap_.block), before + 32), object) << "the gap";
}

TEST_F(ArenaTest, TheNewestObjectGrowsShrinksAndGoes) {
    ASSERT_TRUE(refill(process_heap, heap_, 4096, kGranule));
    bump(heap_, 32);
    const std::uintptr_t object = bump(heap_, 64);
    EXPECT_EQ(heap_.fresh_from, block_header(heap_.block)->objects) << "nothing was ever taken back";
    ASSERT_TRUE(resize_newest(heap_, object, object + 64, 4096));
    EXPECT_EQ(end_of_object(*block_header(heap_.block), object), object + 4096);
    EXPECT_FALSE(resize_newest(heap_, object, object + 4096, heap_.limit - object + kGranule))
        << "not past the end";
    EXPECT_EQ(end_of_object(*block_header(heap_.block), object), object + 4096)
        << "and then nothing has changed";

    ASSERT_TRUE(resize_newest(heap_, object, object + 4096, 16));
    EXPECT_EQ(heap_.cursor, object + 16);
    EXPECT_EQ(end_of_object(*block_header(heap_.block), object), object + 16);
    EXPECT_EQ(heap_.fresh_from, object + 4096) << "all below may be dirty";
    EXPECT_EQ(roots_.fresh_from, heap_.fresh_from) << "a fork child must know it too";
    EXPECT_EQ(end_of_object(*block_header(heap_.block), object + 4096), 0u) << "the old end's mark is gone";

    ASSERT_TRUE(resize_newest(heap_, object, object + 16, 0));
    EXPECT_EQ(heap_.cursor, object);
    EXPECT_EQ(end_of_object(*block_header(heap_.block), object), 0u);
    EXPECT_EQ(bump(heap_, 48), object) << "the place is used again";
    EXPECT_EQ(end_of_object(*block_header(heap_.block), object), object + 48);
}

// Frees, where they are counted, whatever the mode of this row.
class ArenaFreesTest : public ArenaTest {
  protected:
    void SetUp() override {
        ArenaTest::SetUp();
        if (IsSkipped()) return;
        if (!process_heap.counts_block_frees()) GTEST_SKIP() << "a free changes nothing here";
        if (!refill(process_heap, heap_, 4096, kGranule)) GTEST_SKIP() << "the budget is spent";
        block_ = block_header(heap_.block);
    }
    void free_it(std::uintptr_t object) { free_in_block(process_heap, heap_, *block_, object); }
    bool uses_blocks_again() const { return process_heap.config().mode.value == Mode::adaptive; }
    // Leaves the block, which is then used again, if at all, by the next refill. False: adaptive's budget is
    // spent.
    bool leave_block() { return refill(process_heap, heap_, 16, kGranule); }
    static std::uint64_t reused() { return process_heap.counters().blocks_reused.get(); }

    BlockHeader* block_ = nullptr;
};

TEST_F(ArenaFreesTest, TheOwnersHeapIsToldFromAnyOther) {
    EXPECT_EQ(block_->descriptor.frees_to, frees_to_block(&heap_));
    EXPECT_NE(block_->descriptor.frees_to, frees_to_slab(&heap_));
}

TEST_F(ArenaFreesTest, NewestObjectsGoBackOneAfterTheOther) {
    heap_.rewind_reach = kRewindReach;
    std::vector<std::uintptr_t> objects;
    // Their ends lie in the same word of the bitmap, in the next and beyond.
    for (std::size_t i = 0; i < 80; ++i) objects.push_back(bump(heap_, kGranule + i % 64 * kGranule));
    for (std::size_t i = objects.size(); i-- > 0;) {
        free_it(objects[i]);
        EXPECT_EQ(heap_.cursor, objects[i]);
        EXPECT_EQ(end_of_object(*block_, objects[i]), 0u);
    }
    EXPECT_EQ(block_->live.get(), 0) << "what went back is not counted as dead";
    EXPECT_GT(heap_.fresh_from, objects.back()) << "calloc must clear what has been used";
    EXPECT_EQ(roots_.fresh_from, heap_.fresh_from);
}

TEST_F(ArenaFreesTest, OnlyTheNewestGoesBackAndOnlyOnce) {
    heap_.rewind_reach = kRewindReach;
    const std::uintptr_t first = bump(heap_, 32);
    const std::uintptr_t second = bump(heap_, 2048);  // out of reach
    const std::uintptr_t third = bump(heap_, 64);
    const std::uint64_t invalid = heap_.counters->free_invalid.get();
    free_it(first);
    EXPECT_EQ(block_->live.get(), -1);
    free_it(third + 16);
    free_it(third + 8);
    EXPECT_EQ(heap_.counters->free_invalid.get() - invalid, 2u) << "no object begins there";
    free_it(third);
    EXPECT_EQ(heap_.cursor, third);
    free_it(third);
    EXPECT_EQ(heap_.counters->free_invalid.get() - invalid, 3u) << "freed twice";
    free_it(second);
    EXPECT_EQ(heap_.cursor, third) << "too large to look for";
    EXPECT_EQ(block_->live.get(), -2);
}

TEST_F(ArenaFreesTest, ABlockIsUsedAgainWhenItsLastObjectIsFreed) {
    const std::uintptr_t first = bump(heap_, 32);
    const std::uintptr_t second = bump(heap_, 48);
    std::size_t gap = 0;
    const std::uintptr_t third = bump_aligned(heap_, 64, 4096, gap);
    free_it(first);
    if (!leave_block()) GTEST_SKIP() << "the budget is spent";
    EXPECT_EQ(block_->live.get(), 2) << "the gap is nobody's object";
    const std::uint64_t before = reused();
    free_it(third);
    if (!leave_block()) GTEST_SKIP() << "the budget is spent";
    EXPECT_EQ(reused(), before);
    free_it(second);
    if (!leave_block()) GTEST_SKIP() << "the budget is spent";
    EXPECT_EQ(reused() - before, uses_blocks_again() ? 1u : 0u);
}

TEST_F(ArenaFreesTest, OtherThreadsFreesArriveByTheInbox) {
    const std::uintptr_t mine = bump(heap_, 32);
    for (int i = 0; i < 3; ++i) {
        bump(heap_, 48);
        free_in_block_remotely(*block_);
    }
    EXPECT_EQ(roots_.inbox.load(), &block_->remote) << "put in by the first of them";
    EXPECT_EQ(block_->remote.word.load(), 3 * 2 + kQueued);
    EXPECT_EQ(block_->live.get(), 0) << "the owner does not know yet";
    if (!leave_block()) GTEST_SKIP() << "the budget is spent";  // reads the inbox
    EXPECT_EQ(block_->remote.word.load(), 0u);
    EXPECT_EQ(roots_.inbox.load(), nullptr);
    EXPECT_EQ(block_->live.get(), 1);
    const std::uint64_t before = reused();
    bump(heap_, 48);
    free_it(mine);
    if (!leave_block()) GTEST_SKIP() << "the budget is spent";
    EXPECT_EQ(reused() - before, uses_blocks_again() ? 1u : 0u);
}

TEST_F(ArenaFreesTest, TheLastFreeMayBeAnothersAndComeLate) {
    bump(heap_, 32);
    const std::uintptr_t mine = bump(heap_, 32);
    if (!leave_block()) GTEST_SKIP() << "the budget is spent";
    free_in_block_remotely(*block_);
    const std::uint64_t before = reused();
    free_it(mine);
    EXPECT_EQ(block_->live.get(), 1) << "one stands in the inbox still";
    bump(heap_, 48);
    if (!leave_block()) GTEST_SKIP() << "the budget is spent";  // reads the inbox first
    EXPECT_EQ(reused() - before, uses_blocks_again() ? 1u : 0u);
}

TEST_F(ArenaTest, AForkChildGoesOnBehindTheLastObject) {
    ASSERT_TRUE(refill(process_heap, heap_, 4096, kGranule));
    bump(heap_, 64);
    bump(heap_, 2048);
    const std::uintptr_t cursor = heap_.cursor;
    const std::uintptr_t block = heap_.block;
    ThreadHeap wiped;
    wiped.roots = &roots_;
    resume_block(process_heap, wiped);
    EXPECT_EQ(wiped.cursor, cursor);
    EXPECT_EQ(wiped.limit, heap_.limit);
    EXPECT_EQ(wiped.block, block);
    EXPECT_EQ(bytes_taken(wiped), 0u) << "its own balance starts at nothing";
    EXPECT_EQ(bump(wiped, 16), cursor);
    EXPECT_EQ(bytes_taken(wiped), 16u);
}

TEST_F(ArenaTest, AForkChildGoesOnInAFullBlock) {
    ASSERT_TRUE(refill(process_heap, heap_, 16, kGranule));
    bump(heap_, heap_.limit - heap_.cursor);
    ThreadHeap wiped;
    wiped.roots = &roots_;
    resume_block(process_heap, wiped);
    EXPECT_EQ(wiped.cursor, wiped.limit);
    EXPECT_EQ(bump(wiped, 16), 0u);
}

}  // namespace
}  // namespace morpharena
