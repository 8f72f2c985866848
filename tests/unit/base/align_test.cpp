#include "core/base/align.h"

#include <gtest/gtest.h>

namespace morpharena {
namespace {

TEST(Align, PowersOfTwo) {
    EXPECT_FALSE(is_power_of_two(0));
    EXPECT_FALSE(is_power_of_two(24));
    EXPECT_FALSE(is_power_of_two(SIZE_MAX));
    for (unsigned bit = 0; bit < 64; ++bit) EXPECT_TRUE(is_power_of_two(std::size_t{1} << bit)) << bit;
}

TEST(Align, RoundsUpToTheNextMultipleAndNoFurther) {
    for (const std::size_t alignment : {1u, 2u, 16u, 4096u, 65536u}) {
        for (std::size_t value = 0; value < 200; ++value) {
            const std::size_t rounded = align_up(value, alignment);
            EXPECT_EQ(rounded % alignment, 0u);
            EXPECT_GE(rounded, value);
            EXPECT_LT(rounded - value, alignment);
        }
    }
    EXPECT_EQ(align_up(kMaxRequest, 4096), kMaxRequest + 1);
}

TEST(Align, RoundsDown) {
    EXPECT_EQ(align_down(0, 16), 0u);
    EXPECT_EQ(align_down(15, 16), 0u);
    EXPECT_EQ(align_down(16, 16), 16u);
    EXPECT_EQ(align_down(SIZE_MAX, 4096), SIZE_MAX - 4095);
}

TEST(Align, MultiplyTellsOverflow) {
    std::size_t product = 7;
    EXPECT_TRUE(checked_multiply(3, 5, product));
    EXPECT_EQ(product, 15u);
    EXPECT_TRUE(checked_multiply(0, SIZE_MAX, product));
    EXPECT_EQ(product, 0u);
    EXPECT_TRUE(checked_multiply(1, SIZE_MAX, product));
    EXPECT_EQ(product, SIZE_MAX);
    EXPECT_FALSE(checked_multiply(2, SIZE_MAX, product));
    EXPECT_FALSE(checked_multiply(std::size_t{1} << 32, std::size_t{1} << 32, product));
    EXPECT_TRUE(checked_multiply((std::size_t{1} << 32) - 1, std::size_t{1} << 32, product));
}

TEST(Align, EveryObjectTakesAtLeastOneGranule) {
    EXPECT_EQ(granules_of(0), 1u);
    EXPECT_EQ(granules_of(1), 1u);
    EXPECT_EQ(granules_of(16), 1u);
    EXPECT_EQ(granules_of(17), 2u);
    EXPECT_EQ(granules_of(kMaxRequest), (std::size_t{1} << 59));
}

}  // namespace
}  // namespace morpharena
