#include "core/heap/profile.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <vector>

#include "tests/unit/support/process_under_test.h"

namespace morpharena {
namespace {

// Hooks that note what they are told. The heap of this executable keeps them to the end, as a process does.
struct Event {
    char kind;  // m: made, f: freed, v: moved
    std::uintptr_t object;
    std::uint64_t size;  // or where it moved
    std::uint64_t asked;
};
std::vector<Event>& events() {
    static std::vector<Event> all;
    return all;
}
std::array<std::uint8_t, kWatchSlots> watched;
std::uint64_t next_draw = 0;
ProfileStart started;

const char* on_begin(const ProfileStart& start) {
    started = start;
    return nullptr;
}
std::uint64_t on_draw() {
    return next_draw;
}
void on_made(const ProfileMoment& moment, std::uintptr_t object, std::size_t size) {
    moment.thread.until_sample = next_draw;
    events().push_back({'m', object, size, moment.asked});
}
void on_freed(const ProfileMoment& moment, std::uintptr_t object) {
    events().push_back({'f', object, 0, moment.asked});
}
void on_moved(std::uintptr_t from, std::uintptr_t to) {
    events().push_back({'v', from, to, 0});
}
void nothing() {}
constexpr ProfileHooks kHooks = {watched.data(), on_begin, on_draw, on_made, on_freed,
                                 on_moved,       nothing,  nothing, nothing};

std::uintptr_t address_of(void* pointer) {
    return reinterpret_cast<std::uintptr_t>(pointer);
}

// Only where calls are counted do all of them come by; the library starts a profile nowhere else.
class HeapProfile : public testing::Test {
  protected:
    void SetUp() override {
        provide();
        if (!process_heap.tracked()) GTEST_SKIP() << "calls are not counted here";
        if (process_heap.profile() == nullptr) {
            ASSERT_EQ(process_heap.start_profile(kHooks), nullptr);
        }
        next_draw = 0;
        watched.fill(0);
        test::my_heap().profile.until_sample = 0;
        events().clear();
    }
    void TearDown() override {
        if (process_heap.tracked()) test::my_heap().profile.until_sample = ProfileThread::kNever;
    }
    static void provide() {
        test::my_heap();
        test::provide_next_allocator();
    }
};

TEST_F(HeapProfile, TellsWhatWasBefore) {
    EXPECT_FALSE(started.forked);
    EXPECT_NE(started.inside_allocator, nullptr);
    EXPECT_EQ(started.interval, process_heap.config().profile.interval);
}

TEST_F(HeapProfile, EveryWayOfMakingAnObjectComesBy) {
    void* objects[] = {allocate(48),
                       allocate(5000),
                       allocate(3 << 20),
                       allocate_zeroed(10, 10),
                       allocate_aligned(64, 100),
                       reallocate(nullptr, 7),
                       allocate(0)};
    const std::uint64_t sizes[] = {48, 5000, 3 << 20, 100, 100, 7, 0};
    ASSERT_EQ(events().size(), std::size(objects));
    for (std::size_t i = 0; i < std::size(objects); ++i) {
        EXPECT_EQ(events()[i].kind, 'm');
        EXPECT_EQ(events()[i].object, address_of(objects[i])) << i;
        EXPECT_EQ(events()[i].size, sizes[i]) << i;
        if (i > 0) {
            EXPECT_EQ(events()[i].asked, events()[i - 1].asked + sizes[i]) << i;
        }
    }
    for (void* object : objects) release(object);
}

TEST_F(HeapProfile, OnlyWhatReachesTheNextSampleComesBy) {
    test::my_heap().profile.until_sample = 100;
    void* objects[] = {allocate(60), allocate(39), allocate(1), allocate(1)};
    next_draw = 50;
    ASSERT_EQ(events().size(), 2u) << "60 and 39 leave one byte, and the next draw is 0";
    EXPECT_EQ(events()[0].object, address_of(objects[2]));
    EXPECT_EQ(events()[1].object, address_of(objects[3]));
    for (void* object : objects) release(object);
}

TEST_F(HeapProfile, OnlyWatchedFreesComeBy) {
    void* one = allocate(48);
    void* other = allocate(48);
    watched[watch_slot(address_of(other))] = 1;
    const bool together = watch_slot(address_of(one)) == watch_slot(address_of(other));
    events().clear();
    release(one);
    release(other);
    ASSERT_EQ(events().size(), together ? 2u : 1u);
    EXPECT_EQ(events().back().kind, 'f');
    EXPECT_EQ(events().back().object, address_of(other));
}

TEST_F(HeapProfile, AReallocIsAFreeAndANewObjectWhereverItIs) {
    for (const std::size_t size : {49, 64, 500, 5000, 3 << 20, 8 << 20, 10}) {
        void* before = allocate(size == 8u << 20 ? 3 << 20 : 48);
        watched.fill(1);
        events().clear();
        const std::uint64_t asked = moment_of(test::my_heap()).asked;
        void* after = reallocate(before, size);
        ASSERT_EQ(events().size(), 3u) << size;
        EXPECT_EQ(events()[0].kind, 'v');
        EXPECT_EQ(events()[0].object, address_of(before));
        EXPECT_EQ(events()[1].kind, 'f');
        EXPECT_EQ(events()[1].object, events()[0].size) << "by the address it was given meanwhile";
        EXPECT_EQ(events()[1].asked, asked) << "before the new one was asked for";
        EXPECT_EQ(events()[2].kind, 'm');
        EXPECT_EQ(events()[2].object, address_of(after));
        EXPECT_EQ(events()[2].size, size);
        EXPECT_EQ(events()[2].asked, asked + size) << "whatever the record counts";
        watched.fill(0);
        release(after);
    }
}

TEST_F(HeapProfile, ARefusedReallocLeavesAllAsItWas) {
    void* object = allocate(48);
    watched.fill(1);
    events().clear();
    EXPECT_EQ(reallocate(object, std::size_t{1} << 62), nullptr);
    ASSERT_EQ(events().size(), 2u);
    EXPECT_EQ(events()[0].size, events()[1].object);
    EXPECT_EQ(events()[1].size, address_of(object)) << "back where it was";
    watched.fill(0);
    release(object);
}

// Refused requests are no objects: their sizes, up to half the address space each, must not use up what lies
// before the next sample, least of all where there is no profile.
TEST(HeapProfileOfNobody, RefusedRequestsAreNotCounted) {
    ThreadHeap& heap = test::my_heap();
    if (!test::serves_itself()) GTEST_SKIP() << "the next allocator refuses by itself";
    const std::uint64_t before = heap.profile.until_sample;
    constexpr std::size_t kTooMuch = PTRDIFF_MAX - 65536;
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(allocate_aligned(64, kTooMuch), nullptr);
        EXPECT_EQ(allocate(kTooMuch), nullptr);
        EXPECT_EQ(allocate_zeroed(1, kTooMuch), nullptr);
    }
    EXPECT_EQ(heap.profile.until_sample, before);
}

}  // namespace
}  // namespace morpharena
