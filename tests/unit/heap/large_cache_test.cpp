#include "core/heap/large_cache.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <vector>

#include "core/heap/thread_heap.h"

namespace morpharena {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

class LargeCacheTest : public testing::Test {
  protected:
    LargeCacheTest() {
        Config config{};
        supply_.configure(config);
        supply_.count_into(counters_);
    }
    LargeHeader* make(std::size_t size, std::size_t alignment = kGranule) {
        return make_large(supply_, *map_, size, alignment, &heap_);
    }
    void keep(LargeHeader* header) { cache_.keep(supply_, *map_, header); }
    LargeHeader* reuse(std::size_t size) { return cache_.reuse(supply_, *map_, size, &heap_); }

    ThreadHeap heap_;
    Supply supply_;
    ProcessCounters counters_;
    std::unique_ptr<OwnerMap> map_ = std::make_unique<OwnerMap>();
    LargeCache cache_;
};

TEST_F(LargeCacheTest, AnEmptyOneHasNothing) {
    EXPECT_EQ(reuse(kMiB), nullptr);
    EXPECT_FALSE(cache_.empty(supply_, *map_));
}

TEST_F(LargeCacheTest, AFreedMappingServesAgain) {
    LargeHeader* header = make(3 * kMiB);
    const std::uintptr_t object = header->object;
    std::memset(reinterpret_cast<void*>(object), 0x42, 3 * kMiB);
    keep(header);
    EXPECT_EQ(&map_->find(object).as<LargeHeader>(), &no_object()) << "freed is freed";
    LargeHeader* again = reuse(3 * kMiB);
    ASSERT_NE(again, nullptr);
    EXPECT_EQ(again->object, object);
    EXPECT_EQ(&map_->find(object).as<LargeHeader>(), again);
    EXPECT_EQ(reuse(3 * kMiB), nullptr) << "it serves once";
    EXPECT_EQ(supply_.mapped(), again->mapped);
}

TEST_F(LargeCacheTest, EverySizeNearEnoughIsCutOrGrown) {
    for (std::size_t size = 100'000; size < 8 * kMiB; size += 313'131) {
        LargeHeader* kept = make(4 * kMiB);
        std::memset(reinterpret_cast<void*>(kept->object), 0x77, kept->usable());
        keep(kept);
        LargeHeader* header = reuse(size);
        ASSERT_TRUE(header != nullptr || size > 7 * kMiB) << size << ": under half of it is too far, no more";
        if (header != nullptr) {
            EXPECT_GE(header->usable(), size);
            EXPECT_LE(header->mapped, large_mapping_bytes(size) + (576u << 10))
                << "a rest of half a MiB stays in the cache";
            std::memset(reinterpret_cast<void*>(header->object), 1, header->usable());
            const NotedRange noted = noted_range(*header);
            map_->forget(noted.start, noted.bytes);
            supply_.unmap(reinterpret_cast<void*>(header->mapping), header->mapped);
        }
        cache_.empty(supply_, *map_);
        ASSERT_EQ(supply_.mapped(), 0u) << size << ": every byte is accounted for";
    }
}

TEST_F(LargeCacheTest, ARestServesTheNextOneAndNeverOverlaps) {
    LargeHeader* whole = make(16 * kMiB);
    keep(whole);
    std::vector<LargeHeader*> parts;
    for (std::size_t size = 3 * kMiB; LargeHeader* part = reuse(size); size = size * 3 / 4) {
        parts.push_back(part);
        std::memset(reinterpret_cast<void*>(part->object), static_cast<int>(parts.size()), part->usable());
    }
    EXPECT_GE(parts.size(), 4u);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto* bytes = reinterpret_cast<const unsigned char*>(parts[i]->object);
        for (std::size_t k = 0; k < parts[i]->usable(); k += 499) ASSERT_EQ(bytes[k], i + 1);
    }
    // Side by side again they are one range, which serves what none of them could.
    for (LargeHeader* part : parts) keep(part);
    EXPECT_NE(reuse(9 * kMiB), nullptr);
}

TEST_F(LargeCacheTest, GivesWay) {
    for (int i = 0; i < 5; ++i) {
        keep(make(3 * kMiB));
        make(100'000);  // keeps them apart
    }
    const std::size_t before = supply_.mapped();
    cache_.give_way(supply_, *map_, 4 * kMiB);
    EXPECT_LE(supply_.mapped(), before - 4 * kMiB);
    EXPECT_GE(supply_.mapped(), before - 8 * kMiB) << "and not all of it";
}

TEST_F(LargeCacheTest, TheNearestIsTaken) {
    std::vector<LargeHeader*> made;
    for (const std::size_t size : {kMiB, 5 * kMiB, 3 * kMiB}) made.push_back(make(size));
    const std::uintptr_t nearest = made[2]->object;
    for (LargeHeader* header : made) keep(header);
    EXPECT_EQ(reuse(3 * kMiB - 5000)->object, nearest);
}

TEST_F(LargeCacheTest, WhatPassesTheBoundGoesBack) {
    std::vector<LargeHeader*> made;
    for (int i = 0; i < 12; ++i) made.push_back(make(4 * kMiB));
    for (LargeHeader* header : made) keep(header);
    const std::size_t in_use_peak = 12 * made[0]->mapped;
    for (int i = 0; i < 200; ++i) keep(make(100'000));
    EXPECT_LE(supply_.mapped(), in_use_peak + kMiB) << "no more lies idle than was in use";
    EXPECT_TRUE(cache_.empty(supply_, *map_));
    EXPECT_EQ(supply_.mapped(), 0u);
    EXPECT_FALSE(cache_.empty(supply_, *map_));
}

TEST_F(LargeCacheTest, AWideAlignmentIsNotKept) {
    keep(make(kMiB, 8 * kMiB));
    EXPECT_EQ(supply_.mapped(), 0u);
    EXPECT_EQ(reuse(kMiB), nullptr);
}

TEST_F(LargeCacheTest, AnImpossibleSizeFindsNothingAndHarmsNothing) {
    keep(make(kMiB));
    const std::size_t before = supply_.mapped();
    EXPECT_EQ(reuse(kMaxRequest), nullptr);
    EXPECT_EQ(supply_.mapped(), before);
    EXPECT_NE(reuse(kMiB), nullptr);
}

}  // namespace
}  // namespace morpharena
