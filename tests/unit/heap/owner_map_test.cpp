#include "core/heap/owner_map.h"

#include <gtest/gtest.h>

#include <memory>

namespace morpharena {
namespace {

class OwnerMapTest : public testing::Test {
  protected:
    Owner owner(std::uintptr_t address) const { return map_->find(address).owner(); }
    Descriptor large_{0, Owner::large};
    std::unique_ptr<OwnerMap> map_ = std::make_unique<OwnerMap>();
};

constexpr std::uintptr_t kLeafSpan = std::uintptr_t{1} << 35;
constexpr std::uintptr_t kEnd = std::uintptr_t{1} << 47;

TEST_F(OwnerMapTest, NobodyOwnsAnythingAtFirst) {
    for (const std::uintptr_t address :
         {std::uintptr_t{0}, std::uintptr_t{1}, kLeafSpan, kEnd - 1, kEnd, UINTPTR_MAX}) {
        EXPECT_EQ(owner(address), Owner::nobody) << address;
    }
}

TEST_F(OwnerMapTest, ARegionOwnsAllOfItselfAndNoMore) {
    for (std::size_t bytes = OwnerMap::kStep; bytes <= (std::size_t{1} << 30); bytes *= 2) {
        auto map = std::make_unique<OwnerMap>();
        Descriptor block{0, Owner::block};
        const std::uintptr_t at = 64 * (std::uintptr_t{1} << 30);
        ASSERT_TRUE(map->note(at, bytes, &block));
        EXPECT_EQ(map->find(at - 1).owner(), Owner::nobody);
        EXPECT_EQ(map->find(at + bytes).owner(), Owner::nobody);
        for (const std::uintptr_t inside : {at, at + bytes / 2, at + bytes - 1}) {
            const OwnerMap::Entry entry = map->find(inside);
            EXPECT_EQ(entry.owner(), Owner::block);
            EXPECT_EQ(&entry.as<Descriptor>(), &block);
        }
        map->forget(at, bytes);
        EXPECT_EQ(map->find(at).owner(), Owner::nobody);
        EXPECT_EQ(map->find(at + bytes - 1).owner(), Owner::nobody);
    }
}

TEST_F(OwnerMapTest, EveryKindIsToldApart) {
    Descriptor descriptors[] = {{0, Owner::block}, {0, Owner::large}, {0, Owner::slab}};
    std::uintptr_t at = OwnerMap::kStep;
    for (Descriptor& descriptor : descriptors) {
        ASSERT_TRUE(map_->note(at, 1, &descriptor));
        EXPECT_EQ(owner(at), descriptor.kind);
        EXPECT_EQ(map_->find(at).descriptor, &descriptor);
        at += OwnerMap::kStep;
    }
}

TEST_F(OwnerMapTest, OneByteStandsForItsStep) {
    const std::uintptr_t at = 5 * OwnerMap::kStep;
    ASSERT_TRUE(map_->note(at + 64, 1, &large_));
    EXPECT_EQ(owner(at), Owner::large);
    EXPECT_EQ(owner(at + OwnerMap::kStep - 1), Owner::large);
    EXPECT_EQ(owner(at + OwnerMap::kStep), Owner::nobody);
    EXPECT_EQ(owner(at - 1), Owner::nobody);
    map_->forget(at + 100, 1);
    EXPECT_EQ(owner(at), Owner::nobody);
}

TEST_F(OwnerMapTest, LeavesDoNotMix) {
    // A region over the border of two leaves.
    ASSERT_TRUE(map_->note(kLeafSpan - OwnerMap::kStep, 2 * OwnerMap::kStep, &large_));
    EXPECT_EQ(owner(kLeafSpan - 1), Owner::large);
    EXPECT_EQ(owner(kLeafSpan), Owner::large);
    EXPECT_EQ(owner(kLeafSpan + OwnerMap::kStep), Owner::nobody);
    EXPECT_EQ(owner(2 * kLeafSpan), Owner::nobody) << "the same place in the next leaf";
    EXPECT_EQ(owner(0), Owner::nobody);
}

TEST_F(OwnerMapTest, TheLastUserAddressFitsAndNoneAbove) {
    EXPECT_TRUE(map_->note(kEnd - OwnerMap::kStep, OwnerMap::kStep, &large_));
    EXPECT_EQ(owner(kEnd - 1), Owner::large);
    EXPECT_FALSE(map_->note(kEnd, OwnerMap::kStep, &large_));
    EXPECT_EQ(owner(kEnd), Owner::nobody);
}

TEST_F(OwnerMapTest, AWindowSeesWhatTheMapSeesAndNothingOutside) {
    const OwnerMap::Window none;
    EXPECT_EQ(none.find(0), nullptr);
    EXPECT_EQ(none.find(UINTPTR_MAX), nullptr);
    EXPECT_EQ(map_->window(kLeafSpan).bytes, 0u) << "nothing has been noted there yet";
    const std::uintptr_t at = 3 * kLeafSpan + 7 * OwnerMap::kStep;
    ASSERT_TRUE(map_->note(at, 1, &large_));
    const OwnerMap::Window window = map_->window(at);
    EXPECT_EQ(window.find(at), &large_);
    EXPECT_EQ(window.find(at + OwnerMap::kStep - 1), &large_);
    EXPECT_EQ(window.find(at + OwnerMap::kStep), nullptr);
    EXPECT_EQ(window.find(at - 1), nullptr);
    for (const std::uintptr_t outside :
         {at - kLeafSpan, at + kLeafSpan, at & (kLeafSpan - 1), std::uintptr_t{0}, UINTPTR_MAX, kEnd}) {
        EXPECT_EQ(window.find(outside), nullptr) << outside;
    }
    Descriptor later{0, Owner::block};
    ASSERT_TRUE(map_->note(4 * kLeafSpan - OwnerMap::kStep, OwnerMap::kStep, &later));
    EXPECT_EQ(window.find(4 * kLeafSpan - 1), &later) << "what is noted later is seen too";
    map_->forget(at, 1);
    EXPECT_EQ(window.find(at), nullptr);
}

}  // namespace
}  // namespace morpharena
