#include "core/heap/live.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/support/process_under_test.h"

namespace morpharena {
namespace {

Derived now() {
    RecordView view;
    process_heap.snapshot(view);
    return view.derived;
}

class LiveTest : public testing::Test {
  protected:
    void SetUp() override {
        test::my_heap();
        test::provide_next_allocator();
        if (!process_heap.tracked())
            GTEST_SKIP() << "live bytes are followed where a record or a dump is asked for";
    }
};

TEST_F(LiveTest, BytesComeAndGo) {
    const std::uint64_t before = now().live;
    std::vector<void*> objects;
    std::uint64_t usable = 0;
    for (std::size_t i = 0; i < 1000; ++i) {
        objects.push_back(allocate(i));
        usable += usable_size(objects.back());
    }
    EXPECT_EQ(now().live - before, usable);
    for (void* object : objects) release(object);
    EXPECT_EQ(now().live, before);
}

TEST_F(LiveTest, LargeObjectsCountWhatIsMapped) {
    const std::uint64_t before = now().live;
    void* object = allocate(3'000'000);
    EXPECT_GE(now().live - before, 3'000'000u);
    object = reallocate(object, 9'000'000);
    EXPECT_GE(now().live - before, 9'000'000u);
    object = reallocate(object, 2'000'000);
    EXPECT_LT(now().live - before, 2'100'000u);
    release(object);
    EXPECT_EQ(now().live, before);
}

TEST_F(LiveTest, ReallocKeepsTheBalance) {
    const std::uint64_t before = now().live;
    void* object = allocate(10);
    for (const std::size_t size : {100u, 5000u, 17u, 90'000u, 700'000u, 3'000'000u, 40u, 1u}) {
        void* in_the_way = allocate(8);
        object = reallocate(object, size);
        EXPECT_GE(now().live - before, usable_size(object));
        release(in_the_way);
    }
    EXPECT_EQ(now().live - before,
              usable_size(object) + (test::serves_itself() && usable_size(object) > 60'000 ? 64 : 0));
    release(object);
    EXPECT_EQ(now().live, before);
}

TEST_F(LiveTest, ThePeakIsExactWithOneThread) {
    // Up to a height that no test before this one reached, and down again.
    const std::uint64_t target = now().live_peak + 1'000'000;
    std::vector<void*> objects;
    while (now().live < target) objects.push_back(allocate(1000));
    const std::uint64_t height = now().live;
    for (void* object : objects) release(object);
    EXPECT_EQ(now().live_peak, height);
    EXPECT_LT(now().live, height);
}

TEST_F(LiveTest, AGapIsNobodysEvenAtThePeak) {
    if (!test::serves_itself()) GTEST_SKIP() << "gaps are the arena's";
    const std::uint64_t target = now().live_peak;
    std::vector<void*> objects;
    while (now().live + 100'000 < target) objects.push_back(allocate(1000));
    // Each of these skips up to a fifth of a block and makes the heap take new blocks.
    const std::size_t alignment = process_heap.config().block_size.value / 8;
    for (int i = 0; i < 40; ++i) objects.push_back(allocate_aligned(alignment, 16));
    const std::uint64_t height = now().live;
    for (void* object : objects) release(object);
    EXPECT_LE(now().live_peak, std::max(target, height));
}

}  // namespace
}  // namespace morpharena
