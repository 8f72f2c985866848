#include "profile/sampling.h"

#include <fenv.h>

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace morpharena::profile {
namespace {

TEST(Sampling, IntervalOneIsACount) {
    const Weight weight = weight_of(48, 1);
    EXPECT_EQ(weight.objects, 1);
    EXPECT_EQ(weight.bytes, 48);
    EXPECT_EQ(weight.objects_variance, 0);
    EXPECT_EQ(weight.bytes_variance, 0);
    EXPECT_EQ(distance(1, 12345), 0u);
    EXPECT_EQ(weight_of(0, 1).objects, 1) << "objects of no bytes as well";
}

TEST(Sampling, WeightsAreTheInverseOfTheChance) {
    const double chance = 1 - std::exp(-1000.0 / 4096);
    const Weight weight = weight_of(1000, 4096);
    EXPECT_NEAR(weight.objects, 1 / chance, 1e-9);
    EXPECT_NEAR(weight.bytes, 1000 / chance, 1e-6);
    EXPECT_NEAR(weight.objects_variance, (1 - chance) / (chance * chance), 1e-6);
    EXPECT_NEAR(weight_of(1 << 30, 4096).bytes, 1 << 30, 1) << "a large one is always sampled";
    EXPECT_NEAR(weight_of(16, 1 << 30).bytes, 1 << 30, 10) << "a small one stands for an interval";
}

// What a thread does with distances: the share of objects sampled, and the estimates, against the truth.
TEST(Sampling, DistancesPickObjectsWithThatChance) {
    constexpr std::uint64_t kInterval = 4096;
    constexpr int kObjects = 400'000;
    for (const std::uint64_t size : {16, 500, 4096, 20'000}) {
        std::mt19937_64 random(size);
        std::uint64_t until = distance(kInterval, random());
        double samples = 0;
        double bytes = 0;
        double variance = 0;
        for (int i = 0; i < kObjects; ++i) {
            if (until > size) {
                until -= size;
                continue;
            }
            until = distance(kInterval, random());
            const Weight weight = weight_of(size, kInterval);
            samples += 1;
            bytes += weight.bytes;
            variance += weight.bytes_variance;
        }
        const double chance = 1 - std::exp(-static_cast<double>(size) / kInterval);
        const double spread = std::sqrt(kObjects * chance * (1 - chance));
        EXPECT_NEAR(samples, kObjects * chance, 5 * spread) << size;
        EXPECT_NEAR(bytes, static_cast<double>(kObjects * size), 5 * std::sqrt(variance)) << size;
        EXPECT_NEAR(std::sqrt(variance), spread * static_cast<double>(size) / chance,
                    0.1 * std::sqrt(variance))
            << size;
    }
}

TEST(Sampling, DistancesAreNeverZeroWhereObjectsMayBeMissed) {
    for (const std::uint64_t bits : {std::uint64_t{0}, ~std::uint64_t{0}, std::uint64_t{1} << 63}) {
        EXPECT_GE(distance(2, bits), 1u);
        EXPECT_LT(distance(std::uint64_t{512} << 10, bits), std::uint64_t{40} * (512 << 10));
    }
}

TEST(Sampling, TheProgramsFloatingPointIsLeftAlone) {
    ASSERT_EQ(fesetround(FE_UPWARD), 0);
    feclearexcept(FE_ALL_EXCEPT);
    {
        const PlainFloatingPoint plain;
        volatile double third = weight_of(1000, 4096).objects / 3;
        EXPECT_GT(third, 0);
    }
    EXPECT_EQ(fegetround(), FE_UPWARD);
    EXPECT_EQ(fetestexcept(FE_INEXACT), 0);
    fesetround(FE_TONEAREST);
}

}  // namespace
}  // namespace morpharena::profile
