#include "core/heap/large.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>

#include "core/heap/thread_heap.h"

namespace morpharena {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

class LargeTest : public testing::Test {
  protected:
    LargeTest() {
        Config config{};
        config.block_size.value = 2 * kMiB;
        supply_.configure(config);
        supply_.count_into(counters_);
    }
    LargeHeader* make(std::size_t size, std::size_t alignment = kGranule) {
        return make_large(supply_, *map_, size, alignment, &heap_);
    }
    LargeHeader* find(std::uintptr_t address) const {
        const OwnerMap::Entry entry = map_->find(address);
        return entry.owner() == Owner::large ? large_header(address, entry) : nullptr;
    }

    ThreadHeap heap_;
    Supply supply_;
    ProcessCounters counters_;
    std::unique_ptr<OwnerMap> map_ = std::make_unique<OwnerMap>();
};

char* bytes(std::uintptr_t address) {
    return reinterpret_cast<char*>(address);
}

TEST_F(LargeTest, EveryAlignmentUpToAGiB) {
    for (std::size_t alignment = kGranule; alignment <= 1024 * kMiB; alignment *= 2) {
        for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{65536}, kMiB + 7}) {
            LargeHeader* header = make(size, alignment);
            ASSERT_NE(header, nullptr) << alignment;
            EXPECT_EQ(header->object % alignment, 0u) << alignment;
            EXPECT_GE(header->usable(), std::max<std::size_t>(size, 1));
            EXPECT_EQ(header->owner, &heap_);
            EXPECT_EQ(find(header->object), header);
            EXPECT_EQ(bytes(header->object)[0], 0);
            std::memset(bytes(header->object), 0x77, header->usable());
            EXPECT_EQ(find(header->object), header) << "the header is not inside the object";
        }
    }
}

// Else another mapping could begin there, in the step that the owner map knows as the object's.
TEST_F(LargeTest, TheStepInWhichAnObjectBeginsIsItsOwnFromTheStart) {
    for (std::size_t alignment = kGranule; alignment <= 4 * OwnerMap::kStep; alignment *= 2) {
        const LargeHeader* header = make(100, alignment);
        ASSERT_NE(header, nullptr) << alignment;
        EXPECT_LE(header->mapping, align_down(header->object, OwnerMap::kStep)) << alignment;
    }
}

TEST_F(LargeTest, AMappingOfOursBecomesAnObject) {
    const std::size_t bytes = large_mapping_bytes(100'000);
    EXPECT_GE(bytes, 100'000 + sizeof(LargeHeader));
    EXPECT_LT(bytes, 100'000 + sizeof(LargeHeader) + 4096);
    EXPECT_EQ(large_mapping_bytes(0), OwnerMap::kStep) << "never less than a step";
    EXPECT_EQ(large_mapping_bytes(kMaxRequest), 0u);
    void* mapping = supply_.map(bytes, OwnerMap::kStep);
    LargeHeader* header = place_large(*map_, mapping, bytes, &heap_);
    ASSERT_NE(header, nullptr);
    EXPECT_EQ(find(header->object), header);
    EXPECT_GE(header->usable(), 100'000u);
    EXPECT_EQ(header->object + header->usable(), reinterpret_cast<std::uintptr_t>(mapping) + bytes);
}

TEST_F(LargeTest, EveryWholeStepOfTheObjectIsKnown) {
    for (const std::size_t alignment : {kGranule, std::size_t{4096}, std::size_t{65536}, 4 * kMiB}) {
        for (const std::size_t size : {std::size_t{1}, std::size_t{70'000}, 3 * kMiB + 5000}) {
            LargeHeader* header = make(size, alignment);
            const NotedRange noted = noted_range(*header);
            EXPECT_LE(noted.start, header->object);
            EXPECT_EQ(noted.start % OwnerMap::kStep, 0u);
            EXPECT_EQ(noted.bytes % OwnerMap::kStep, 0u);
            const std::uintptr_t end = header->mapping + header->mapped;
            for (std::uintptr_t at = header->object; at + OwnerMap::kStep <= end; at += OwnerMap::kStep) {
                EXPECT_EQ(map_->find(at).descriptor, &header->descriptor) << (at - header->object);
            }
            EXPECT_NE(map_->find(noted.start + noted.bytes).descriptor, &header->descriptor)
                << "another may begin there";
        }
    }
}

TEST_F(LargeTest, NoMoreMappedThanNeeded) {
    const std::size_t before = supply_.mapped();
    LargeHeader* header = make(kMiB, 512 * kMiB);
    EXPECT_EQ(supply_.mapped() - before, header->mapped);
    EXPECT_LE(header->mapped, kMiB + 2 * 4096) << "what was mapped only to align has gone back";
}

TEST_F(LargeTest, InnerAddressesAreNotObjects) {
    for (const std::size_t alignment :
         {kGranule, std::size_t{4096}, std::size_t{32768}, std::size_t{65536}, 4 * kMiB}) {
        LargeHeader* header = make(3 * kMiB, alignment);
        const std::uintptr_t object = header->object;
        for (const std::uintptr_t other :
             {object + 1, object + 8, object + 16, object + 64, object + 4096, object + 65536, object - 16,
              object - 1, object + header->usable() - 16}) {
            EXPECT_EQ(find(other), nullptr) << alignment << " " << static_cast<std::intptr_t>(other - object);
        }
    }
}

TEST_F(LargeTest, RefusesWhatWouldPassTheLargestRequest) {
    EXPECT_EQ(make(kMaxRequest), nullptr);
    EXPECT_EQ(make(kMaxRequest - 63), nullptr);
    EXPECT_EQ(make(kMaxRequest - 4096), nullptr);
    EXPECT_EQ(make(16, std::size_t{1} << 62), nullptr);
    EXPECT_EQ(make(std::size_t{1} << 62, std::size_t{1} << 62), nullptr);
    EXPECT_EQ(supply_.mapped(), 0u);
}

TEST_F(LargeTest, GrowsAndShrinksKeepingTheBytes) {
    LargeHeader* header = make(kMiB);
    std::memset(bytes(header->object), 0x31, kMiB);
    LargeHeader* wall = make(kMiB);  // most likely in the way, so that growing moves
    const std::uintptr_t before = header->object;
    header = resize_large(supply_, *map_, header, 40 * kMiB);
    ASSERT_NE(header, nullptr);
    EXPECT_EQ(find(header->object), header);
    if (header->object != before) {
        EXPECT_EQ(find(before), nullptr) << "the old place is forgotten";
    }
    for (std::size_t i = 0; i < kMiB; ++i) ASSERT_EQ(bytes(header->object)[i], 0x31);
    EXPECT_EQ(bytes(header->object)[header->usable() - 1], 0) << "new pages are zero";
    EXPECT_EQ(find(wall->object), wall);

    const std::uintptr_t grown = header->object;
    header = resize_large(supply_, *map_, header, 100);
    ASSERT_NE(header, nullptr);
    EXPECT_EQ(header->object, grown) << "shrinking never moves";
    EXPECT_GE(header->usable(), 100u);
    EXPECT_LE(header->mapped, OwnerMap::kStep);
    EXPECT_EQ(bytes(header->object)[99], 0x31);
    EXPECT_EQ(supply_.mapped(), header->mapped + wall->mapped);
}

TEST_F(LargeTest, AlignmentOutlivesAMove) {
    for (const std::size_t alignment : {std::size_t{64}, std::size_t{1024}, std::size_t{4096}}) {
        LargeHeader* header = make(kMiB, alignment);
        make(kMiB);
        header = resize_large(supply_, *map_, header, 30 * kMiB);
        ASSERT_NE(header, nullptr);
        EXPECT_EQ(header->object % alignment, 0u);
    }
}

TEST_F(LargeTest, AFailedResizeChangesNothing) {
    LargeHeader* header = make(kMiB);
    bytes(header->object)[5] = 'k';
    const LargeHeader before = *header;
    EXPECT_EQ(resize_large(supply_, *map_, header, kMaxRequest), nullptr);
    EXPECT_EQ(resize_large(supply_, *map_, header, std::size_t{1} << 50), nullptr);
    EXPECT_EQ(header->object, before.object);
    EXPECT_EQ(header->mapped, before.mapped);
    EXPECT_EQ(bytes(header->object)[5], 'k');
    EXPECT_EQ(find(before.object), header);
}

TEST_F(LargeTest, AWideAlignmentCannotMoveButMayShrink) {
    LargeHeader* header = make(2 * kMiB, 8 * kMiB);
    EXPECT_EQ(resize_large(supply_, *map_, header, 64 * kMiB), nullptr) << "the caller copies";
    EXPECT_EQ(resize_large(supply_, *map_, header, kMiB), header);
}

}  // namespace
}  // namespace morpharena
