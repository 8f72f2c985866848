#include "core/heap/pool_check.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <thread>
#include <vector>

#include "core/heap/pool.h"
#include "tests/unit/support/process_under_test.h"

namespace morpharena {
namespace {

constexpr std::size_t kSize = 96;

// Objects of the pool, through malloc's and free's own ways.
class PoolCheckTest : public testing::Test {
  protected:
    void SetUp() override {
        test::my_heap();
        test::provide_next_allocator();
        if (!process_heap.checks().on()) GTEST_SKIP() << "MORPHARENA_CHECK is off in this row";
        if (!test::my_heap().uses_pool) GTEST_SKIP() << "no pool serves in this row";
    }
    static std::uint64_t written() { return test::my_heap().counters->freed_written.get(); }
    static std::uintptr_t number(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }

    // Allocates until `object` is handed out again; what was handed out.
    static std::vector<unsigned char*> take_up_to(const void* object) {
        std::vector<unsigned char*> taken;
        while (taken.size() < 10'000) {
            taken.push_back(static_cast<unsigned char*>(allocate(kSize)));
            if (taken.back() == object) return taken;
        }
        ADD_FAILURE() << "the object did not come back";
        return taken;
    }
    static void expect_apart(const std::vector<unsigned char*>& objects) {
        EXPECT_EQ(std::set<unsigned char*>(objects.begin(), objects.end()).size(), objects.size());
        for (unsigned char* object : objects) release(object);
    }
};

TEST_F(PoolCheckTest, WhatIsLeftAloneIsNotComplainedOf) {
    const std::uint64_t before = written();
    for (int round = 0; round < 3; ++round) {
        std::vector<void*> objects;
        for (std::size_t i = 0; i < 3000; ++i) {
            objects.push_back(allocate(1 + i * 13 % 3000));
            std::memset(objects.back(), 0x11, 1 + i * 13 % 3000);
        }
        for (std::size_t i = 0; i < objects.size(); i += 2) release(objects[i]);
        std::thread([&] {
            for (std::size_t i = 1; i < objects.size(); i += 2) release(objects[i]);
        }).join();
    }
    EXPECT_EQ(written(), before);
}

TEST_F(PoolCheckTest, AWriteToAFreedObjectIsSeenWhenItIsHandedOutAgain) {
    for (const std::size_t offset : {std::size_t{0}, std::size_t{8}, std::size_t{16}, kSize - 1}) {
        auto* object = static_cast<unsigned char*>(allocate(kSize));
        void* below = allocate(kSize);
        release(below);
        release(object);
        object[offset] ^= 0x40;
        const std::uint64_t before = written();
        std::vector<unsigned char*> taken = take_up_to(object);
        EXPECT_EQ(written(), before + 1) << "at " << offset;
        taken.push_back(static_cast<unsigned char*>(allocate(kSize)));
        expect_apart(taken);
    }
}

TEST_F(PoolCheckTest, ALinkToAnotherFreedObjectIsNotBelieved) {
    auto* first = static_cast<void**>(allocate(kSize));
    auto* second = static_cast<void**>(allocate(kSize));
    auto* third = static_cast<void**>(allocate(kSize));
    release(first);
    release(second);
    release(third);
    *second = third;  // the list would run in a circle
    const std::uint64_t before = written();
    std::vector<unsigned char*> taken = take_up_to(first);
    for (int i = 0; i < 20; ++i) taken.push_back(static_cast<unsigned char*>(allocate(kSize)));
    EXPECT_EQ(written(), before + 1);
    expect_apart(taken);
}

TEST_F(PoolCheckTest, AListOfRemoteFreesThatIsTornIsCut) {
    std::vector<void**> objects;
    for (int i = 0; i < 50; ++i) objects.push_back(static_cast<void**>(allocate(kSize)));
    std::thread([&] {
        for (void** object : objects) release(object);
    }).join();
    *objects[25] = reinterpret_cast<void*>(std::uintptr_t{0x4141414141414141});
    const std::uint64_t before = written();
    std::vector<unsigned char*> taken;
    for (int i = 0; i < 5000; ++i) taken.push_back(static_cast<unsigned char*>(allocate(kSize)));
    EXPECT_GE(written(), before + 1);
    expect_apart(taken);
}

}  // namespace
}  // namespace morpharena
