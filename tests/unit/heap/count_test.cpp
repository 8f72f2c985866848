#include "core/heap/count.h"

#include <gtest/gtest.h>

namespace morpharena {
namespace {

class CountTest : public testing::Test {
  protected:
    CountTest() { heap_.counters = &heap_.own_counters; }
    ThreadHeap heap_;
};

TEST_F(CountTest, SmallObjectsByGranulesLargerOnesByPowersOfTwo) {
    ThreadCounters& counters = *heap_.counters;
    for (const std::size_t size : {0u, 1u, 16u, 17u, 1024u, 1025u, 2048u, 2049u})
        count_object(counters, size);
    EXPECT_EQ(counters.small_objects[1].get(), 3u);
    EXPECT_EQ(counters.small_objects[2].get(), 1u);
    EXPECT_EQ(counters.small_objects[64].get(), 1u);
    EXPECT_EQ(counters.medium_objects[0].get(), 2u);
    EXPECT_EQ(counters.medium_bytes[0].get(), 1025u + 2048);
    EXPECT_EQ(counters.medium_objects[1].get(), 1u);
    EXPECT_EQ(counters.bytes_asked.get(), 0u + 1 + 16 + 17 + 1024 + 1025 + 2048 + 2049);
}

TEST_F(CountTest, ClassesTellTheBytesOfSmallObjectsAlone) {
    EXPECT_EQ(bytes_by_class(0), 16u);
    EXPECT_EQ(bytes_by_class(17), 32u);
    EXPECT_EQ(bytes_by_class(1024), 1024u);
    EXPECT_EQ(bytes_by_class(1025), 0u);
}

TEST_F(CountTest, WhatIsTakenIsTakenOnce) {
    count_taken(heap_, 100, 128);
    count_taken(heap_, 5000, 5120);
    // The class of 100 bytes stands for 112 of the 128.
    EXPECT_EQ(heap_.counters->medium_bytes_used.get(), 16u + 5120);
    EXPECT_EQ(heap_.used_before, 128u + 5120);
}

TEST_F(CountTest, ResizesGoToTheirSide) {
    Counter grown;
    count_resize(heap_, 100, 150, grown);
    count_resize(heap_, 150, 30, grown);
    count_resize(heap_, 30, 30, grown);
    EXPECT_EQ(grown.get(), 50u);
    EXPECT_EQ(heap_.counters->bytes_shrunk.get(), 120u);
}

// In mode system any library may be next, also one whose usable size is what was asked, not a multiple of 16.
TEST_F(CountTest, AnAllocatorThatRoundsLessThanWeDoNeverMakesACounterWrap) {
    count_taken(heap_, 8, 8);
    count_taken(heap_, 1, 1);
    EXPECT_LT(heap_.counters->medium_bytes_used.get(), std::uint64_t{1} << 63);
}

}  // namespace
}  // namespace morpharena
