#include "core/heap/pool.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "core/heap/large.h"
#include "core/heap/objects.h"
#include "tests/unit/support/process_under_test.h"

namespace morpharena {
namespace {

// Pools under heaps of their own: no other test's objects are in their slabs.
class PoolTest : public testing::Test {
  protected:
    void SetUp() override {
        test::my_heap();
        for (ThreadHeap* heap : {&mine_, &other_}) {
            heap->counters = &heap->own_counters;
            heap->uses_pool = true;
        }
        mine_.roots = &my_roots_;
        other_.roots = &other_roots_;
    }
    void TearDown() override {
        // The heaps go away: what they still hold must not be found by a later test.
        for (ThreadHeap* heap : {&mine_, &other_}) give_up_empty_slabs(process_heap, *heap);
    }
    std::uintptr_t make(std::size_t size) { return pool_make(process_heap, mine_, size); }
    static Slab& slab(std::uintptr_t object) { return process_heap.owners().find(object).as<Slab>(); }
    void free_here(std::uintptr_t object) { push(process_heap, mine_, slab(object), object); }
    static void free_elsewhere(std::uintptr_t object) { push_remote(process_heap, slab(object), object); }

    ThreadHeap mine_;
    ThreadHeap other_;
    HeapRoots my_roots_;
    HeapRoots other_roots_;
};

TEST_F(PoolTest, ObjectsOfEverySizeAreApart) {
    std::set<std::uintptr_t> starts;
    std::vector<std::uintptr_t> all;
    for (std::size_t size = 1; size <= kLargestSpan; size += 1 + size / 7) {
        const std::uintptr_t object = make(size);
        ASSERT_NE(object, 0u) << size;
        EXPECT_EQ(object % kGranule, 0u);
        EXPECT_GE(object_bytes(slab(object), object), size);
        EXPECT_EQ(object_bytes(slab(object), object + 1), 0u) << "no object begins inside one";
        EXPECT_TRUE(starts.insert(object).second);
        std::memset(reinterpret_cast<void*>(object), 0x66, object_bytes(slab(object), object));
        all.push_back(object);
    }
    for (auto it = starts.begin(); std::next(it) != starts.end(); ++it) {
        EXPECT_LE(*it + object_bytes(slab(*it), *it), *std::next(it));
    }
    for (const std::uintptr_t object : all) free_here(object);
}

TEST_F(PoolTest, TheNewestFreedIsTheNextMade) {
    const std::uintptr_t first = make(40);
    const std::uintptr_t second = make(40);
    free_here(first);
    free_here(second);
    EXPECT_EQ(make(40), second);
    EXPECT_EQ(make(33), first) << "any size of the class";
    free_here(first);
    free_here(second);
}

TEST_F(PoolTest, AnEmptySlabServesAnotherClass) {
    const std::size_t before = process_heap.segments().used_bytes();
    std::vector<std::uintptr_t> objects;
    for (int i = 0; i < 5000; ++i) objects.push_back(make(64));
    const std::size_t high = process_heap.segments().used_bytes();
    EXPECT_GE(high - before, 5000u * 64);
    for (const std::uintptr_t object : objects) free_here(object);
    EXPECT_LE(process_heap.segments().used_bytes() - before, kUnit) << "the present slab alone stays";
    objects.clear();
    for (int i = 0; i < 500; ++i) objects.push_back(make(400));
    EXPECT_LE(process_heap.segments().used_bytes(), high + kUnit);
    for (const std::uintptr_t object : objects) free_here(object);
    give_up_empty_slabs(process_heap, mine_);
    EXPECT_EQ(process_heap.segments().used_bytes(), before);
}

TEST_F(PoolTest, SlabsWithRoomAreFilledBeforeNewOnesAreTaken) {
    std::vector<std::uintptr_t> objects;
    for (int i = 0; i < 20'000; ++i) objects.push_back(make(48));
    const std::size_t high = process_heap.segments().used_bytes();
    for (std::size_t i = 0; i < objects.size(); i += 2) free_here(objects[i]);
    for (std::size_t i = 0; i < objects.size(); i += 2) objects[i] = make(48);
    EXPECT_LE(process_heap.segments().used_bytes(), high) << "ten thousand holes were there";
    EXPECT_EQ(std::set<std::uintptr_t>(objects.begin(), objects.end()).size(), objects.size());
    for (const std::uintptr_t object : objects) free_here(object);
}

TEST_F(PoolTest, WhatOthersFreeComesBack) {
    const std::size_t before = process_heap.segments().used_bytes();
    std::size_t high = 0;
    for (int round = 0; round < 50; ++round) {
        std::vector<std::uintptr_t> objects;
        for (int i = 0; i < 3000; ++i) {
            objects.push_back(make(100));
            std::memset(reinterpret_cast<void*>(objects.back()), round, 100);
        }
        if (round == 4) high = process_heap.segments().used_bytes();
        for (const std::uintptr_t object : objects) free_elsewhere(object);
    }
    EXPECT_LE(process_heap.segments().used_bytes(), high) << "memory must not move one way only";
    give_up_empty_slabs(process_heap, mine_);
    EXPECT_EQ(process_heap.segments().used_bytes(), before);
}

TEST_F(PoolTest, ASpanFreedElsewhereIsGoneAtOnce) {
    const std::size_t before = process_heap.segments().used_bytes();
    const std::uintptr_t span = make(200'000);
    EXPECT_EQ(object_bytes(slab(span), span), 4 * kUnit);
    EXPECT_EQ(object_bytes(slab(span), span + kUnit), 0u) << "inside a span nothing begins";
    free_elsewhere(span);
    EXPECT_EQ(process_heap.segments().used_bytes(), before);
    EXPECT_EQ(&process_heap.owners().find(span).as<LargeHeader>(), &no_object())
        << "ours, and nothing begins there";
}

// Once a kept span's object passed for freed twice, so that every second free of a span leaked it.
TEST_F(PoolTest, SpansComeAndGoWithoutLoss) {
    const std::size_t before = process_heap.segments().used_bytes();
    for (int i = 0; i < 1000; ++i) {
        const std::uintptr_t first = make(50'000 + static_cast<std::size_t>(i % 7) * 60'000);
        const std::uintptr_t second = make(70'000);
        free_here(first);
        free_here(second);
    }
    EXPECT_EQ(mine_.counters->free_invalid.get(), 0u);
    EXPECT_LE(process_heap.segments().used_bytes() - before, HeapRoots::kSpansKept * 7 * kUnit);
    give_up_empty_slabs(process_heap, mine_);
    EXPECT_EQ(process_heap.segments().used_bytes(), before);
}

TEST_F(PoolTest, ABadFreeThatIsSeenChangesNothing) {
    const std::uintptr_t object = make(48);
    free_here(object + 1);
    free_here(object);
    free_here(object);
    EXPECT_EQ(mine_.counters->free_invalid.get(), 2u);
    const std::uintptr_t again = make(48);
    EXPECT_NE(make(48), again);
}

TEST_F(PoolTest, SpansGrowInPlaceWhereTheyCan) {
    // Other tests leave holes of any length: of two neighbours one goes, and the other has room behind it.
    std::vector<std::uintptr_t> spans = {make(100'000)};
    do {
        spans.push_back(make(100'000));
        ASSERT_LT(spans.size(), 200u) << "no two spans of 200 are neighbours";
    } while (spans.back() != spans.end()[-2] + 2 * kUnit);
    EXPECT_FALSE(grow_span(process_heap, slab(spans.end()[-2]), 180'000)) << "over its neighbour";
    free_here(spans.back());
    give_up_empty_slabs(process_heap, mine_);  // also the spans that it keeps
    spans.pop_back();
    const std::uintptr_t span = spans.back();
    ASSERT_TRUE(grow_span(process_heap, slab(span), 180'000));
    EXPECT_EQ(object_bytes(slab(span), span), 3 * kUnit);
    EXPECT_FALSE(grow_span(process_heap, slab(span), kLargestSpan + 1));
    for (const std::uintptr_t each : spans) free_here(each);
}

TEST_F(PoolTest, FourThreadsFreeEachOthersObjects) {
    // One makes, three free what they are handed; contents show whether an object was ever given out twice.
    constexpr int kRounds = 200;
    constexpr std::size_t kBatch = 300;
    bool spoiled = false;
    for (int round = 0; round < kRounds; ++round) {
        std::vector<std::uintptr_t> objects;
        for (std::size_t i = 0; i < kBatch; ++i) {
            const std::uintptr_t object = make(16 + (i % 20) * 24);
            *reinterpret_cast<std::uintptr_t*>(object + 8) = object ^ 0x5555;
            objects.push_back(object);
        }
        for (const std::uintptr_t object : objects) {
            if (*reinterpret_cast<std::uintptr_t*>(object + 8) != (object ^ 0x5555)) spoiled = true;
        }
        std::vector<std::thread> threads;
        for (std::size_t t = 0; t < 3; ++t) {
            threads.emplace_back([&objects, t] {
                for (std::size_t i = t; i < objects.size(); i += 3) free_elsewhere(objects[i]);
            });
        }
        // Meanwhile the owner goes on.
        std::vector<std::uintptr_t> own;
        for (int i = 0; i < 100; ++i) own.push_back(make(40));
        for (const std::uintptr_t object : own) free_here(object);
        for (std::thread& thread : threads) thread.join();
    }
    EXPECT_FALSE(spoiled);
}

TEST_F(PoolTest, RandomLivesNeverOverlap) {
    std::mt19937 random(3);
    struct Live {
        std::uintptr_t object;
        std::size_t size;
        unsigned char pattern;
    };
    std::vector<Live> live;
    for (int step = 0; step < 60'000; ++step) {
        if (live.empty() || (random() % 100 < 52 && live.size() < 3000)) {
            const std::size_t size = 1 + (random() % 50 == 0 ? random() % 300'000 : random() % 2000);
            const std::uintptr_t object = make(size);
            ASSERT_NE(object, 0u);
            live.push_back({object, size, static_cast<unsigned char>(random())});
            std::memset(reinterpret_cast<void*>(object), live.back().pattern, size);
        } else {
            const std::size_t index = random() % live.size();
            const auto* bytes = reinterpret_cast<const unsigned char*>(live[index].object);
            for (std::size_t i = 0; i < live[index].size; ++i) ASSERT_EQ(bytes[i], live[index].pattern);
            random() % 3 == 0 ? free_elsewhere(live[index].object) : free_here(live[index].object);
            live[index] = live.back();
            live.pop_back();
        }
    }
    for (const Live& each : live) free_here(each.object);
}

TEST_F(PoolTest, AForkChildsFastPathIsFilledAgainFromTheRoots) {
    const std::uintptr_t object = make(48);
    ThreadHeap wiped;
    wiped.roots = &my_roots_;
    wiped.pool_fast = true;
    resume_pool(wiped);
    EXPECT_EQ(wiped.direct[2], &slab(object)) << "33 to 48 bytes are three granules";
    EXPECT_EQ(wiped.direct[9], nullptr) << "no object of that class was ever made";
    free_here(object);
}

}  // namespace
}  // namespace morpharena
