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
    EXPECT_FALSE(cache_.empty(supply_));
}

TEST_F(LargeCacheTest, AFreedMappingServesAgain) {
    LargeHeader* header = make(3 * kMiB);
    const std::uintptr_t object = header->object;
    std::memset(reinterpret_cast<void*>(object), 0x42, 3 * kMiB);
    keep(header);
    EXPECT_EQ(map_->find(object).owner(), Owner::nobody) << "freed is freed";
    LargeHeader* again = reuse(3 * kMiB);
    ASSERT_NE(again, nullptr);
    EXPECT_EQ(again->object, object);
    EXPECT_EQ(&map_->find(object).as<LargeHeader>(), again);
    EXPECT_EQ(reuse(3 * kMiB), nullptr) << "it serves once";
    EXPECT_EQ(supply_.mapped(), again->mapped);
}

TEST_F(LargeCacheTest, EverySizeNearEnoughIsTrimmedOrGrown) {
    for (std::size_t size = 100'000; size < 8 * kMiB; size += 313'131) {
        keep(make(4 * kMiB));
        LargeHeader* header = reuse(size);
        if (header == nullptr) {
            EXPECT_GT(size, 7 * kMiB) << "under half of it is too far";
            cache_.empty(supply_);
            continue;
        }
        EXPECT_GE(header->usable(), size);
        EXPECT_LE(header->mapped, large_mapping_bytes(size) + large_mapping_bytes(size) / 8);
        std::memset(reinterpret_cast<void*>(header->object), 1, header->usable());
        map_->forget(header->object, 1);
        supply_.unmap(reinterpret_cast<void*>(header->mapping), header->mapped);
    }
    cache_.empty(supply_);
    EXPECT_EQ(supply_.mapped(), 0u) << "every byte is accounted for";
}

TEST_F(LargeCacheTest, TheNearestIsTaken) {
    std::vector<LargeHeader*> made;
    for (const std::size_t size : {kMiB, 5 * kMiB, 3 * kMiB}) made.push_back(make(size));
    const std::uintptr_t nearest = made[2]->object;
    for (LargeHeader* header : made) keep(header);
    EXPECT_EQ(reuse(3 * kMiB - 5000)->object, nearest);
}

TEST_F(LargeCacheTest, WhatPassesTheBoundGoesBack) {
    for (int i = 0; i < 100; ++i) keep(make(4 * kMiB));
    EXPECT_LE(supply_.mapped(), 40 * kMiB);
    for (int i = 0; i < 200; ++i) keep(make(100'000));
    EXPECT_LE(supply_.mapped(), 40 * kMiB);
    EXPECT_GT(counters_.bytes_returned.get(), 300 * kMiB);
    keep(make(100 * kMiB));
    EXPECT_LE(supply_.mapped(), 40 * kMiB) << "one that alone passes the bound does not stay";
    EXPECT_TRUE(cache_.empty(supply_));
    EXPECT_EQ(supply_.mapped(), 0u);
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
