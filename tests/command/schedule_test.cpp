#include "tools/schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace morpharena::tool {
namespace {

using testing::ElementsAre;

TEST(RoundOrder, TwoAllocatorsGoAbba) {
    EXPECT_THAT(round_order(2, 0), ElementsAre(0, 1));
    EXPECT_THAT(round_order(2, 1), ElementsAre(1, 0));
    EXPECT_THAT(round_order(2, 2), ElementsAre(0, 1));
}

TEST(RoundOrder, OverTwoRoundsEachHasTheSameMeanPlace) {
    constexpr std::size_t kCount = 5;
    std::vector<std::size_t> place_sums(kCount);
    for (std::size_t round = 0; round < 2; ++round) {
        const auto order = round_order(kCount, round);
        ASSERT_EQ(order.size(), kCount);
        for (std::size_t place = 0; place < kCount; ++place) place_sums[order[place]] += place;
    }
    EXPECT_THAT(place_sums, ElementsAre(4, 4, 4, 4, 4));
}

}  // namespace
}  // namespace morpharena::tool
