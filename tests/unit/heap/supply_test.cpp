#include "core/heap/supply.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>

#include "core/heap/owner_map.h"
#include "core/os/page_source.h"
#include "tests/unit/support/in_child.h"

namespace morpharena {
namespace {

constexpr std::size_t kKiB = std::size_t{1} << 10;
constexpr std::size_t kMiB = std::size_t{1} << 20;

class SupplyTest : public testing::Test {
  protected:
    void configure(std::size_t limit, Thp thp = Thp::automatic) {
        Config config{};
        config.limit.value = limit;
        config.thp.value = thp;
        supply_.configure(config);
        supply_.count_into(counters_);
    }
    Supply::Region region(std::size_t bytes, std::size_t least, bool earned = false) {
        const Supply::Region got = supply_.take_region(bytes, least, earned);
        if (got.address == 0) return got;
        EXPECT_EQ(got.address % got.bytes, 0u) << "aligned to its size";
        EXPECT_GE(got.bytes, least);
        EXPECT_LE(got.bytes, bytes);
        EXPECT_EQ(*reinterpret_cast<char*>(got.address), 0);
        std::memset(reinterpret_cast<void*>(got.address), 0xcc, got.bytes);  // all of it can be written
        return got;
    }

    Supply supply_;
    ProcessCounters counters_;
};

TEST_F(SupplyTest, RegionsAreWholeAlignedAndApart) {
    configure(0);
    std::set<std::uintptr_t> seen;
    for (int i = 0; i < 100; ++i) {
        const Supply::Region got = region(256 * kKiB, 64 * kKiB, i > 0);
        ASSERT_NE(got.address, 0u);
        EXPECT_EQ(got.bytes, 256 * kKiB);
        // Later ones may go without, when the machine's huge pages turn out to be dear.
        if (i < 2) {
            EXPECT_EQ(got.huge, i == 1) << "huge pages once they are earned";
        }
        EXPECT_TRUE(seen.insert(got.address).second);
    }
    EXPECT_EQ(supply_.mapped(), 100 * 256 * kKiB);
    EXPECT_EQ(counters_.bytes_mapped.get(), supply_.mapped());
    EXPECT_EQ(counters_.bytes_mapped_peak.get(), supply_.mapped());
}

TEST_F(SupplyTest, HugePagesByOption) {
    configure(0, Thp::always);
    EXPECT_TRUE(region(2 * kMiB, kMiB, false).huge);
    configure(0, Thp::never);
    EXPECT_FALSE(region(2 * kMiB, kMiB, true).huge);
}

TEST_F(SupplyTest, RegionsOfEverySizeOneAfterTheOther) {
    configure(0);
    for (std::size_t bytes = kSmallestBlock; bytes <= kLargestBlock; bytes *= 2) {
        for (const bool earned : {false, true}) {
            const Supply::Region got = supply_.take_region(bytes, OwnerMap::kStep, earned);
            ASSERT_EQ(got.bytes, bytes);
            EXPECT_EQ(got.address % bytes, 0u);
            *reinterpret_cast<char*>(got.address + bytes - 1) = 1;
            supply_.unmap(reinterpret_cast<void*>(got.address), bytes);
        }
    }
    EXPECT_EQ(supply_.mapped(), 0u);
}

TEST_F(SupplyTest, TheLimitIsHalvedInto) {
    configure(3 * kMiB + 64 * kKiB);
    EXPECT_EQ(region(2 * kMiB, 64 * kKiB).bytes, 2 * kMiB);
    EXPECT_EQ(region(2 * kMiB, 64 * kKiB).bytes, kMiB);
    EXPECT_EQ(counters_.limit_refusals.get(), 0u) << "a smaller one is no refusal";
    EXPECT_EQ(region(2 * kMiB, 128 * kKiB).address, 0u);
    EXPECT_EQ(counters_.limit_refusals.get(), 1u);
    EXPECT_EQ(region(2 * kMiB, 64 * kKiB).bytes, 64 * kKiB);
    EXPECT_EQ(region(2 * kMiB, 64 * kKiB).address, 0u);
    EXPECT_EQ(supply_.mapped(), 3 * kMiB + 64 * kKiB);
}

TEST_F(SupplyTest, TheLimitHoldsForLargeObjects) {
    configure(10 * kMiB);
    void* eight = supply_.map(8 * kMiB, 64 * kKiB);
    ASSERT_NE(eight, nullptr);
    EXPECT_EQ(supply_.map(3 * kMiB, 64 * kKiB), nullptr);
    EXPECT_EQ(supply_.remap(eight, 8 * kMiB, 11 * kMiB, 64 * kKiB), nullptr);
    EXPECT_EQ(counters_.limit_refusals.get(), 2u);
    void* ten = supply_.remap(eight, 8 * kMiB, 10 * kMiB, 64 * kKiB);
    ASSERT_NE(ten, nullptr);
    EXPECT_EQ(supply_.mapped(), 10 * kMiB);
    void* one = supply_.remap(ten, 10 * kMiB, kMiB, 64 * kKiB);
    EXPECT_EQ(supply_.mapped(), kMiB);
    supply_.unmap(one, kMiB);
    EXPECT_EQ(supply_.mapped(), 0u);
    EXPECT_EQ(counters_.bytes_mapped.get(), 0u);
    EXPECT_EQ(counters_.bytes_mapped_peak.get(), 10 * kMiB) << "a peak stays";
    EXPECT_EQ(supply_.map(SIZE_MAX - 4095, 64 * kKiB), nullptr) << "no sum may wrap under the limit";
}

// Takes 1 MiB regions until none is left, where the kernel refuses at 40 MiB; how many bytes that gave.
std::size_t use_up(Supply& supply, bool earned) {
    std::size_t total = 0;
    for (;;) {
        const Supply::Region got = supply.take_region(kMiB, 64 * kKiB, earned);
        if (got.address == 0) return total;
        std::memset(reinterpret_cast<void*>(got.address), 1, got.bytes);
        total += got.bytes;
    }
}

TEST_F(SupplyTest, TheKernelsRefusalIsHalvedInto) {
    for (const bool earned : {false, true}) {
        EXPECT_EQ(0, test::status_in_child([this, earned] {
                      configure(0, earned ? Thp::always : Thp::never);
                      if (!test::limit_address_space(40 * kMiB)) return 77;
                      const std::size_t total = use_up(supply_, earned);
                      // Nearly all is handed out in the end, and the refusals are counted.
                      if (total < 36 * kMiB || total > 40 * kMiB) return static_cast<int>(total / kMiB);
                      return counters_.map_refusals.get() > 0 && counters_.limit_refusals.get() == 0 ? 0 : 2;
                  }))
            << "(MiB that could be had, when not 0) earned: " << earned;
    }
}

// Huge pages come and go with what their first touch costs, so both kinds of chunk may have something left:
// before memory is refused, both must be used up.
TEST_F(SupplyTest, NothingIsLeftInTheOtherKindOfChunk) {
    for (const bool earned : {false, true}) {
        EXPECT_EQ(0, test::status_in_child([this, earned] {
                      configure(0, Thp::automatic);
                      if (!test::limit_address_space(100 * kMiB)) return 77;
                      // The fourth of these begins a chunk of 8 MiB or so, of which the rest waits.
                      for (int i = 0; i < 4; ++i) supply_.take_region(2 * kMiB, 2 * kMiB, !earned);
                      use_up(supply_, earned);
                      return static_cast<int>(use_up(supply_, !earned) / kMiB);
                  }))
            << "(MiB left) earned: " << earned;
    }
}

TEST_F(SupplyTest, ManyBlocksCostFewMappings) {
    configure(0);
    const auto mappings = [] {
        std::ifstream maps("/proc/self/maps");
        std::size_t lines = 0;
        for (std::string line; std::getline(maps, line);) ++lines;
        return lines;
    };
    const std::size_t before = mappings();
    for (int i = 0; i < 4096; ++i)
        ASSERT_NE(supply_.take_region(64 * kKiB, 64 * kKiB, i > 0).address, 0u);  // 256 MiB
    EXPECT_LT(mappings() - before, 20u);
}

TEST_F(SupplyTest, CountsGoOnInAnotherRecord) {
    configure(0);
    region(64 * kKiB, 64 * kKiB);
    ProcessCounters of_child;
    supply_.count_into(of_child);
    EXPECT_EQ(of_child.bytes_mapped.get(), 64 * kKiB) << "what it inherited";
    region(64 * kKiB, 64 * kKiB);
    EXPECT_EQ(of_child.bytes_mapped.get(), 128 * kKiB);
    EXPECT_EQ(counters_.bytes_mapped.get(), 64 * kKiB) << "the parent's record is the parent's";
}

}  // namespace
}  // namespace morpharena
