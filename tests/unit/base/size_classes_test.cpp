#include "core/base/size_classes.h"

#include <gtest/gtest.h>

namespace morpharena {
namespace {

TEST(SizeClasses, EverySizeHasTheSmallestClassThatHoldsIt) {
    for (std::size_t size = 1; size <= kLargestSlabObject; ++size) {
        const std::size_t index = size_class(size);
        ASSERT_LT(index, kSizeClasses) << size;
        ASSERT_GE(class_bytes(index), size);
        if (index > 0) {
            ASSERT_LT(class_bytes(index - 1), size);
        }
    }
}

TEST(SizeClasses, ClassesRiseAreAlignedAndAllUsed) {
    for (std::size_t index = 0; index < kSizeClasses; ++index) {
        EXPECT_EQ(class_bytes(index) % kGranule, 0u);
        EXPECT_EQ(size_class(class_bytes(index)), index);
        if (index > 0) {
            EXPECT_GT(class_bytes(index), class_bytes(index - 1));
        }
    }
}

TEST(SizeClasses, RoundingWastesAFifthAtMost) {
    for (std::size_t size = 129; size <= kLargestSlabObject; ++size) {
        const std::size_t waste = class_bytes(size_class(size)) - size;
        ASSERT_LE(static_cast<double>(waste), 0.2 * static_cast<double>(class_bytes(size_class(size))))
            << size;
    }
}

TEST(SizeClasses, TheNotesClassesAreAmongThem) {
    for (const std::size_t bytes : {16u, 32u, 64u, 128u, 256u})
        EXPECT_EQ(class_bytes(size_class(bytes)), bytes);
}

TEST(SizeClasses, APowerOfTwoIsAClassOfItsOwn) {
    // Aligned objects are served from these.
    for (std::size_t bytes = 16; bytes <= kLargestSlabObject; bytes *= 2)
        EXPECT_EQ(class_bytes(size_class(bytes)), bytes);
}

}  // namespace
}  // namespace morpharena
