#include "core/heap/thread_heap.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <memory>

namespace morpharena {
namespace {

TEST(ThreadHeap, AnUnbornHeapSendsEveryCallTheSlowWay) {
    EXPECT_FALSE(unborn_heap.alive());
    EXPECT_EQ(unborn_heap.limit, unborn_heap.cursor) << "no room";
    EXPECT_FALSE(unborn_heap.free_does_nothing);
    EXPECT_EQ(unborn_heap.owners.find(0), nullptr);
    for (const Slab* slab : unborn_heap.direct) EXPECT_EQ(slab, nullptr);
}

TEST(ThreadHeap, AWipedHeapIsAnUnbornOne) {
    // The kernel wipes a fork child's heaps: all zero bytes must mean the same as a fresh ThreadHeap.
    alignas(ThreadHeap) std::array<std::byte, sizeof(ThreadHeap)> zeros{};
    const auto* wiped = reinterpret_cast<const ThreadHeap*>(zeros.data());
    EXPECT_FALSE(wiped->alive());
    EXPECT_EQ(wiped->limit, wiped->cursor);
    EXPECT_FALSE(wiped->free_does_nothing);
    EXPECT_EQ(wiped->roots, nullptr);
    EXPECT_EQ(wiped->owners.find(0), nullptr);
    EXPECT_FALSE(wiped->uses_pool);
    for (const Slab* slab : wiped->direct) EXPECT_EQ(slab, nullptr);
    EXPECT_EQ(wiped->thread, 0);
    EXPECT_EQ(wiped->published, 0);
}

TEST(ThreadHeap, SetsTileTheirHalves) {
    EXPECT_GE(kHeapStride, sizeof(ThreadHeap));
    EXPECT_EQ(kHeapStride % 4096, 0u) << "no two threads write one page";
    EXPECT_EQ(kHeapsPerSet * kHeapStride, kHeapSetHalf);
    EXPECT_LE(kHeapsPerSet * sizeof(HeapRoots), kHeapSetHalf);
    EXPECT_EQ(kHeapStride % alignof(ThreadHeap), 0u);
}

}  // namespace
}  // namespace morpharena
