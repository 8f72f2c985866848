#include "core/heap/segment_store.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <random>
#include <vector>

namespace morpharena {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

class SegmentStoreTest : public testing::Test {
  protected:
    SegmentStoreTest() {
        Config config{};
        supply_.configure(config);
        supply_.count_into(counters_);
    }
    Slab* take(std::size_t units) {
        Slab* slab = store_.take(*map_, units);
        if (slab != nullptr) return slab;
        EXPECT_TRUE(store_.grow(supply_));
        return store_.take(*map_, units);
    }
    void release(Slab* slab) { store_.release(supply_, *map_, *slab); }
    const Slab* at(std::uintptr_t address) const {
        const OwnerMap::Entry entry = map_->find(address);
        return entry.owner() == Owner::slab ? &entry.as<Slab>() : nullptr;
    }

    Supply supply_;
    ProcessCounters counters_;
    std::unique_ptr<OwnerMap> map_ = std::make_unique<OwnerMap>();
    SegmentStore store_;
};

TEST_F(SegmentStoreTest, NothingBeforeItHasGrown) {
    EXPECT_EQ(store_.take(*map_, 1), nullptr);
    EXPECT_FALSE(store_.empty_caches(supply_, *map_));
    EXPECT_EQ(store_.used_bytes(), 0u);
}

TEST_F(SegmentStoreTest, ASegmentHoldsThirtyOneUnits) {
    std::vector<Slab*> slabs;
    for (std::size_t i = 0; i < kUnitsPerSegment - 1; ++i) slabs.push_back(take(1));
    EXPECT_EQ(counters_.segments.get(), 1u);
    EXPECT_EQ(store_.take(*map_, 1), nullptr) << "it is full";
    EXPECT_EQ(store_.used_bytes(), 31 * kUnit);
    for (Slab* slab : slabs) {
        EXPECT_EQ(slab->start % kUnit, 0u);
        EXPECT_EQ(slab->units, 1);
        EXPECT_EQ(&segment_of(*slab), &segment_of(*slabs[0]));
        EXPECT_EQ(at(slab->start), slab);
        EXPECT_EQ(at(slab->start + kUnit - 1), slab);
        EXPECT_TRUE(slab->zeroed);
        std::memset(reinterpret_cast<void*>(slab->start), 0x11, kUnit);
    }
    for (Slab* slab : slabs) EXPECT_EQ(slab->units, 1) << "objects do not reach the descriptors";
}

TEST_F(SegmentStoreTest, ReleasedUnitsAreUsedFirstAndKnownToBeDirty) {
    Slab* first = take(4);
    const std::uintptr_t start = first->start;
    take(1);
    release(first);
    EXPECT_EQ(at(start), nullptr);
    Slab* again = take(2);
    EXPECT_EQ(again->start, start);
    EXPECT_FALSE(again->zeroed);
    EXPECT_EQ(store_.used_bytes(), 3 * kUnit);
}

TEST_F(SegmentStoreTest, SpansGrowIntoWhatIsFreeBehindThem) {
    Slab* span = take(3);
    ASSERT_TRUE(store_.extend(*map_, *span, 2));
    EXPECT_EQ(span->units, 5);
    EXPECT_EQ(at(span->start + 5 * kUnit - 1), span);
    Slab* wall = take(1);
    EXPECT_EQ(wall->start, span->start + 5 * kUnit);
    EXPECT_FALSE(store_.extend(*map_, *span, 1));
    EXPECT_EQ(span->units, 5);
    EXPECT_FALSE(store_.extend(*map_, *wall, kUnitsPerSegment)) << "not past the segment's end";
    release(span);
    EXPECT_EQ(store_.used_bytes(), kUnit);
}

TEST_F(SegmentStoreTest, RandomRunsNeverOverlap) {
    std::mt19937 random(11);
    std::vector<Slab*> held;
    std::size_t units_held = 0;
    for (int step = 0; step < 20'000; ++step) {
        if (held.empty() || (random() % 2 == 0 && held.size() < 200)) {
            const std::size_t units = 1 + random() % (kLargestSpan / kUnit);
            Slab* slab = take(units);
            ASSERT_NE(slab, nullptr);
            auto* bytes = reinterpret_cast<unsigned char*>(slab->start);
            if (slab->zeroed) {
                ASSERT_EQ(bytes[units * kUnit - 1], 0);
            }
            // Its own descriptor's low byte at both ends of every unit: an overlap would show when it is
            // released.
            for (std::size_t u = 0; u < units; ++u) {
                bytes[u * kUnit] = static_cast<unsigned char>(reinterpret_cast<std::uintptr_t>(slab) >> 7);
                bytes[(u + 1) * kUnit - 1] = bytes[u * kUnit];
            }
            held.push_back(slab);
            units_held += units;
        } else {
            const std::size_t index = random() % held.size();
            Slab* slab = held[index];
            auto* bytes = reinterpret_cast<unsigned char*>(slab->start);
            for (std::size_t u = 0; u < slab->units; ++u) {
                ASSERT_EQ(bytes[u * kUnit],
                          static_cast<unsigned char>(reinterpret_cast<std::uintptr_t>(slab) >> 7));
                ASSERT_EQ(bytes[(u + 1) * kUnit - 1], bytes[u * kUnit]);
                ASSERT_EQ(at(slab->start + u * kUnit), slab);
            }
            units_held -= slab->units;
            release(slab);
            held[index] = held.back();
            held.pop_back();
        }
        ASSERT_EQ(store_.used_bytes(), units_held * kUnit);
    }
}

TEST_F(SegmentStoreTest, WhatIsFreeBeyondABoundGoesBack) {
    std::vector<Slab*> slabs;
    for (int i = 0; i < 1000; ++i) {
        slabs.push_back(take(8));
        std::memset(reinterpret_cast<void*>(slabs.back()->start), 1, 8 * kUnit);
    }
    const std::size_t peak = supply_.mapped();
    for (Slab* slab : slabs) release(slab);
    EXPECT_EQ(store_.used_bytes(), 0u);
    EXPECT_LT(supply_.mapped(), peak / 2);
    EXPECT_GT(counters_.bytes_returned.get(), peak / 2);
    EXPECT_TRUE(store_.empty_caches(supply_, *map_));
    EXPECT_EQ(supply_.mapped(), 0u);
    EXPECT_FALSE(store_.empty_caches(supply_, *map_));
    EXPECT_NE(take(8), nullptr) << "and it goes on";
}

TEST_F(SegmentStoreTest, DiscardedUnitsReadAsZero) {
    Slab* kept = take(1);
    Slab* freed = take(8);
    std::memset(reinterpret_cast<void*>(freed->start), 0xff, 8 * kUnit);
    release(freed);
    EXPECT_TRUE(store_.empty_caches(supply_, *map_));
    Slab* again = take(8);
    EXPECT_TRUE(again->zeroed);
    for (std::size_t i = 0; i < 8 * kUnit; i += 512) ASSERT_EQ(reinterpret_cast<char*>(again->start)[i], 0);
    EXPECT_EQ(at(kept->start), kept);
}

TEST_F(SegmentStoreTest, AnEmptyBlockBecomesASegment) {
    const Supply::Region block = supply_.take_region(kSegmentBytes, kSegmentBytes, false);
    std::memset(reinterpret_cast<void*>(block.address), 0xab, kSegmentBytes);
    store_.adopt_region(block.address);
    for (std::size_t i = 0; i < kUnitsPerSegment - 1; ++i) {
        Slab* slab = store_.take(*map_, 1);
        ASSERT_NE(slab, nullptr);
        EXPECT_FALSE(slab->zeroed) << "the block's objects were there";
        EXPECT_EQ(slab->start & ~(kSegmentBytes - 1), block.address);
    }
    EXPECT_EQ(store_.take(*map_, 1), nullptr);
}

TEST_F(SegmentStoreTest, ARefusedSegmentChangesNothing) {
    Config config{};
    config.limit.value = kMiB;
    supply_.configure(config);
    EXPECT_FALSE(store_.grow(supply_));
    EXPECT_EQ(supply_.mapped(), 0u);
    EXPECT_EQ(store_.take(*map_, 1), nullptr);
}

}  // namespace
}  // namespace morpharena
