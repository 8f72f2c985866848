#include "core/heap/slab.h"

#include <gtest/gtest.h>

#include <cstddef>

namespace morpharena {
namespace {

TEST(Slab, OthersWriteAnotherCacheLineThanTheOwner) {
    EXPECT_GE(offsetof(Slab, remote), 64u);
    EXPECT_EQ(offsetof(Slab, remote) % 64, 0u);
    EXPECT_LT(offsetof(Slab, free), 64u);
    EXPECT_LT(offsetof(Slab, until_wake), 64u);
    EXPECT_LT(offsetof(Slab, wake), 64u);
    EXPECT_EQ(sizeof(Slab) % 64, 0u);
}

TEST(Slab, TheSegmentsHeaderFitsItsUnit) {
    EXPECT_LE(sizeof(Segment), kUnit);
    EXPECT_EQ(kUnitsPerSegment * kUnit, kSegmentBytes);
    EXPECT_EQ(sizeof(Segment::free_units) * 8, kUnitsPerSegment) << "a bit for each unit";
    EXPECT_LE(2 * kLargestSpan, (kUnitsPerSegment - 1) * kUnit) << "two of the largest fit";
}

TEST(Slab, ADescriptorFindsItsSegment) {
    auto* segment = reinterpret_cast<Segment*>(7 * kSegmentBytes);
    for (std::size_t i = 0; i < kUnitsPerSegment; ++i) EXPECT_EQ(&segment_of(segment->slabs[i]), segment);
}

}  // namespace
}  // namespace morpharena
