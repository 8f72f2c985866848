#include "core/heap/tuning.h"

#include <gtest/gtest.h>

#include "core/heap/block.h"
#include "core/heap/slab.h"

namespace morpharena {
namespace {

// What the code takes for granted of any value that a sweep may try.
TEST(Tuning, TheValuesKeepToWhatTheCodeRestsOn) {
    constexpr std::size_t kDefaultBlock = std::size_t{2} << 20;
    EXPECT_GT(kSmallPageSpan, block_prologue(kDefaultBlock)) << "a heap's first block has room for objects";
    EXPECT_LE(kSmallPageSpan, kDefaultBlock);
    EXPECT_EQ(kPoolBytesKept % kUnit, 0u);
    EXPECT_GE(kPoolBytesKept, kSegmentBytes);
    EXPECT_GT(kLargeBytesKept, kLargestSpan) << "the largest object that has no mapping of its own";
}

}  // namespace
}  // namespace morpharena
