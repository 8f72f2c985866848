#include "core/heap/objects.h"

#include <gtest/gtest.h>

#include <cstring>
#include <thread>

#include "core/heap/pool.h"
#include "tests/unit/support/process_under_test.h"

namespace morpharena {
namespace {

class ObjectsTest : public testing::Test {
  protected:
    void SetUp() override {
        if (!test::serves_itself()) GTEST_SKIP() << "the next allocator's objects are not ours";
        heap_ = &test::my_heap();
    }
    OwnerMap::Entry entry(std::uintptr_t address) const { return process_heap.owners().find(address); }
    Found find(std::uintptr_t address) const { return find_object(address, entry(address)); }

    ThreadHeap* heap_ = nullptr;
};

TEST_F(ObjectsTest, WhatIsMadeIsFound) {
    for (const std::size_t size :
         {0ul, 1ul, 16ul, 1000ul, 1025ul, 33'000ul, 200'000ul, 600'000ul, 5'000'000ul}) {
        for (const std::size_t alignment : {16ul, 256ul, 4096ul, 65536ul, 262144ul}) {
            const Made made = make_object(*heap_, size, alignment);
            ASSERT_NE(made.object, 0u);
            EXPECT_EQ(made.object % alignment, 0u);
            const Found found = find(made.object);
            EXPECT_GE(found.usable, std::max<std::size_t>(size, 1));
            EXPECT_GE(found.taken, found.usable);
            EXPECT_EQ(found.owner, heap_);
            std::memset(reinterpret_cast<void*>(made.object), 0xd5, found.usable);
            if (found.usable > 16) {
                EXPECT_EQ(find(made.object + 16).usable, 0u) << "inside " << size << " at " << alignment;
            }
            EXPECT_EQ(find(made.object + 1).usable, 0u);
            release_object(*heap_, made.object, entry(made.object));
        }
    }
}

TEST_F(ObjectsTest, WhatIsSaidToBeZeroIsZero) {
    int zeros = 0;
    for (int i = 0; i < 3000; ++i) {
        const std::size_t size = 1 + static_cast<std::size_t>(i) * 397 % 90'000;
        const Made made = make_object(*heap_, size, kGranule);
        auto* bytes = reinterpret_cast<unsigned char*>(made.object);
        if (made.zero) {
            ++zeros;
            for (std::size_t k = 0; k < size; ++k) ASSERT_EQ(bytes[k], 0) << size;
        }
        std::memset(bytes, 0xff, find(made.object).usable);
        if (i % 3 != 0) release_object(*heap_, made.object, entry(made.object));
    }
    if (test::serves_from_blocks()) {
        EXPECT_GT(zeros, 0) << "fresh memory must be known as such, or calloc pays twice";
    }
}

TEST_F(ObjectsTest, ResizingFindsAPlaceInEveryPart) {
    std::size_t size = 10;
    std::uintptr_t object = make_object(*heap_, size, kGranule).object;
    std::memset(reinterpret_cast<void*>(object), 0x3c, size);
    for (const std::size_t next : {30ul, 1024ul, 3000ul, 40'000ul, 70'000ul, 140'000ul, 900'000ul,
                                   3'000'000ul, 12'000'000ul, 400'000ul, 30'000ul, 64ul, 8ul}) {
        (void)make_object(*heap_, 16, kGranule);
        const std::uintptr_t moved = resize_object(*heap_, object, entry(object), find(object), next);
        ASSERT_NE(moved, 0u) << next;
        ASSERT_GE(find(moved).usable, next);
        const auto* bytes = reinterpret_cast<const unsigned char*>(moved);
        for (std::size_t i = 0; i < std::min(size, next); ++i) ASSERT_EQ(bytes[i], 0x3c) << next;
        std::memset(reinterpret_cast<void*>(moved), 0x3c, next);
        object = moved;
        size = next;
    }
}

TEST_F(ObjectsTest, TheMakerIsKnownWhoeverAsks) {
    ThreadHeap* other = nullptr;
    std::uintptr_t object = 0;
    std::thread([&] {
        other = &test::my_heap();
        object = make_object(*other, 100, kGranule).object;
    }).join();
    EXPECT_EQ(find(object).owner, other);
    const std::uint64_t before = heap_->counters->free_cross_thread.get();
    release_object(*heap_, object, entry(object));
    if (other != heap_ && process_heap.tracked()) {
        EXPECT_EQ(heap_->counters->free_cross_thread.get(), before + 1);
    }
}

}  // namespace
}  // namespace morpharena
