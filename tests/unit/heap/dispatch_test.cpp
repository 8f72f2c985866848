#include "core/heap/dispatch.h"

#include <errno.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <climits>
#include <cstring>
#include <set>
#include <vector>

#include "tests/unit/support/in_child.h"
#include "tests/unit/support/process_under_test.h"

extern "C" void* __libc_malloc(size_t size);

namespace morpharena {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

std::uintptr_t number(const void* pointer) {
    return reinterpret_cast<std::uintptr_t>(pointer);
}

// What the whole process has counted so far.
struct Counted : ThreadCounters {
    Counted() {
        RecordView view;
        process_heap.snapshot(view);
        merge(*this, view.threads);
    }
};

class DispatchTest : public testing::Test {
  protected:
    void SetUp() override {
        test::my_heap();
        test::provide_next_allocator();
        errno = kSentinel;
    }
    static constexpr int kSentinel = 7654;
};

TEST_F(DispatchTest, EverySizeIsAlignedWritableAndItsOwn) {
    std::vector<std::pair<std::uintptr_t, std::size_t>> ranges;
    for (std::size_t size = 0; size <= 5000; size += size < 1100 ? 1 : 97) {
        void* object = allocate(size);
        ASSERT_NE(object, nullptr);
        EXPECT_EQ(number(object) % kGranule, 0u) << size;
        const std::size_t usable = usable_size(object);
        EXPECT_GE(usable, std::max<std::size_t>(size, 1)) << size;
        std::memset(object, 0xee, usable);
        ranges.emplace_back(number(object), usable);
    }
    std::sort(ranges.begin(), ranges.end());
    for (std::size_t i = 1; i < ranges.size(); ++i)
        EXPECT_LE(ranges[i - 1].first + ranges[i - 1].second, ranges[i].first);
    EXPECT_EQ(errno, kSentinel);
}

TEST_F(DispatchTest, SizesAroundEveryBorder) {
    const std::size_t most = largest_in_block(process_heap.config().block_size.value);
    for (const std::size_t border : {kSmallLimit, std::size_t{4096}, OwnerMap::kStep, most, 4 * most}) {
        if (border > 16 * kMiB) continue;  // eighty of them, of which an arena gives none back
        for (std::size_t size = border - 40; size <= border + 40; ++size) {
            auto* object = static_cast<char*>(allocate(size));
            ASSERT_NE(object, nullptr) << size;
            EXPECT_GE(usable_size(object), size);
            object[0] = object[size - 1] = 1;
            release(object);
        }
    }
}

TEST_F(DispatchTest, ImpossibleSizesAreRefusedByEveryEntry) {
    void* kept = allocate(100);
    std::memset(kept, 9, 100);
    std::vector<std::size_t> sizes;
    for (std::size_t below = 0; below <= 8192; below += below < 32 ? 1 : 31)
        sizes.push_back(SIZE_MAX - below);
    for (const std::size_t size : {kMaxRequest + 1, kMaxRequest, kMaxRequest - 15, kMaxRequest - 4096})
        sizes.push_back(size);
    const auto refused = [](void* result) {
        const bool good = result == nullptr && errno == ENOMEM;
        errno = kSentinel;
        return good;
    };
    const std::uint64_t before = Counted().failed_calls.get();
    for (const std::size_t size : sizes) {
        EXPECT_TRUE(refused(allocate(size))) << size;
        EXPECT_TRUE(refused(allocate_zeroed(1, size))) << size;
        EXPECT_TRUE(refused(allocate_zeroed(size, 1))) << size;
        EXPECT_TRUE(refused(reallocate(nullptr, size))) << size;
        EXPECT_TRUE(refused(reallocate(kept, size))) << size;
        for (const std::size_t alignment : {16ul, 4096ul, 1ul << 30, 1ul << 62, 1ul << 63}) {
            EXPECT_TRUE(refused(allocate_aligned(alignment, size))) << alignment << " " << size;
        }
    }
    EXPECT_EQ(Counted().failed_calls.get() - before, sizes.size() * 10);
    EXPECT_TRUE(refused(allocate_zeroed(std::size_t{1} << 33, std::size_t{1} << 33)));
    EXPECT_TRUE(refused(allocate_aligned(std::size_t{1} << 63, 1)));
    for (std::size_t i = 0; i < 100; ++i)
        EXPECT_EQ(static_cast<char*>(kept)[i], 9) << "a failed realloc leaves the object";
}

TEST_F(DispatchTest, ZeroSizedObjectsAreUnique) {
    std::set<void*> seen;
    for (int i = 0; i < 100; ++i) {
        for (void* object : {allocate(0), allocate_zeroed(0, 8), allocate_zeroed(8, 0),
                             reallocate(nullptr, 0), allocate_aligned(64, 0)}) {
            ASSERT_NE(object, nullptr);
            EXPECT_GT(usable_size(object), 0u);
            EXPECT_TRUE(seen.insert(object).second);
        }
    }
    EXPECT_EQ(usable_size(nullptr), 0u);
}

TEST_F(DispatchTest, AlignedObjects) {
    for (std::size_t alignment = 1; alignment <= 64 * kMiB; alignment *= 2) {
        for (const std::size_t size : {0ul, 1ul, 100ul, 5000ul, 600'000ul}) {
            void* object = allocate_aligned(alignment, size);
            ASSERT_NE(object, nullptr);
            EXPECT_EQ(number(object) % alignment, 0u) << alignment;
            EXPECT_GE(usable_size(object), size);
            std::memset(object, 1, usable_size(object));
            release(object);
        }
    }
}

TEST_F(DispatchTest, CallocIsZeroEvenWhereSomebodyWrote) {
    for (const std::size_t size : {1ul, 64ul, 1000ul, 20'000ul, 700'000ul, 3'000'000ul}) {
        for (int round = 0; round < 20; ++round) {
            auto* object = static_cast<unsigned char*>(allocate_zeroed(1, size));
            ASSERT_NE(object, nullptr);
            ASSERT_TRUE(std::all_of(object, object + size, [](unsigned char byte) { return byte == 0; }))
                << size;
            std::memset(object, 0xff, usable_size(object));
            release(object);
            // Shrinking the newest object gives dirty memory back in every configuration.
            void* shrunk = allocate(size + 500);
            std::memset(shrunk, 0xff, size + 500);
            (void)reallocate(shrunk, 1);
        }
    }
}

TEST_F(DispatchTest, ReallocKeepsTheBytesThroughEveryKindOfMove) {
    for (const bool in_the_way : {false, true}) {
        std::size_t size = 1;
        auto* object = static_cast<unsigned char*>(allocate(size));
        object[0] = 0;
        for (const std::size_t next :
             {16ul, 17ul, 1000ul, 1024ul, 1025ul, 40'000ul, 500'000ul, 600'000ul, 5'000'000ul, 20'000'000ul,
              700'000ul, 30'000ul, 900ul, 3ul, 2'000'000ul, 1ul}) {
            if (in_the_way) (void)allocate(1);
            object = static_cast<unsigned char*>(reallocate(object, next));
            ASSERT_NE(object, nullptr);
            EXPECT_EQ(number(object) % kGranule, 0u);
            for (std::size_t i = 0; i < std::min(size, next); ++i)
                ASSERT_EQ(object[i], i % 251) << i << " of " << next;
            EXPECT_GE(usable_size(object), next);
            for (std::size_t i = 0; i < next; ++i) object[i] = static_cast<unsigned char>(i % 251);
            size = next;
        }
    }
    EXPECT_EQ(errno, kSentinel);
}

TEST_F(DispatchTest, ReallocToNothingFreesAndAnswersNull) {
    const std::uint64_t before = Counted().free_calls.get();
    EXPECT_EQ(reallocate(allocate(100), 0), nullptr);
    EXPECT_EQ(reallocate(allocate(1'000'000), 0), nullptr);
    EXPECT_EQ(errno, kSentinel);
    if (test::counts_calls()) {
        EXPECT_EQ(Counted().free_calls.get() - before, 2u);
    }
}

TEST_F(DispatchTest, ReallocOfTheNewestStaysWhereItIs) {
    if (!test::serves_from_blocks()) GTEST_SKIP() << "objects are in no block";
    (void)allocate(16);
    void* object = allocate(100);
    const Counted before;
    EXPECT_EQ(reallocate(object, 1000), object);
    EXPECT_EQ(reallocate(object, 50), object);
    const Counted after;
    EXPECT_EQ(after.realloc_in_place.get() - before.realloc_in_place.get(), 2u);
    EXPECT_EQ(after.realloc_copied.get(), before.realloc_copied.get());
    EXPECT_EQ(usable_size(object), 64u);
}

TEST_F(DispatchTest, FreeOfNullAndErrno) {
    const std::uint64_t before = Counted().free_calls.get();
    release(nullptr);
    EXPECT_EQ(Counted().free_calls.get(), before);
    void* small = allocate(10);
    void* large = allocate(10'000'000);
    errno = kSentinel;
    release(small);
    release(large);
    EXPECT_EQ(errno, kSentinel);
}

TEST_F(DispatchTest, CallsAreCountedByKind) {
    if (!test::counts_calls()) GTEST_SKIP() << "nobody asked for the counts";
    const Counted before;
    (void)allocate(1);
    (void)allocate(16);
    (void)allocate(17);
    (void)allocate(2000);
    (void)allocate_zeroed(3, 7);
    (void)allocate_aligned(256, 30);
    void* object = reallocate(nullptr, 10);
    (void)allocate(1);
    object = reallocate(object, 500);
    release(object);
    const Counted after;
    const auto grew = [&](Counter ThreadCounters::*counter) {
        return (after.*counter).get() - (before.*counter).get();
    };
    EXPECT_EQ(after.small_objects[1].get() - before.small_objects[1].get(), 4u);  // 1, 16, 10, 1
    EXPECT_EQ(after.small_objects[2].get() - before.small_objects[2].get(), 3u);  // 17, 21, 30
    EXPECT_EQ(after.small_objects[32].get() - before.small_objects[32].get(),
              test::serves_itself() || grew(&ThreadCounters::realloc_copied) ? 1u : 0u);
    EXPECT_EQ(after.medium_objects[0].get() - before.medium_objects[0].get(), 1u);
    EXPECT_EQ(after.medium_bytes[0].get() - before.medium_bytes[0].get(), 2000u);
    EXPECT_EQ(grew(&ThreadCounters::calloc_calls), 1u);
    EXPECT_EQ(grew(&ThreadCounters::aligned_calls), 1u);
    EXPECT_EQ(grew(&ThreadCounters::realloc_calls), 2u);
    EXPECT_EQ(grew(&ThreadCounters::realloc_fresh), 1u);
    EXPECT_EQ(grew(&ThreadCounters::free_calls), 1u);
    EXPECT_GE(grew(&ThreadCounters::bytes_asked), 1u + 16 + 17 + 2000 + 21 + 30 + 10 + 1);
}

TEST_F(DispatchTest, ForeignPointersGoToLibcAndAreCounted) {
    const Counted before;
    release(__libc_malloc(100));
    void* moved = reallocate(__libc_malloc(100), 100'000);
    ASSERT_NE(moved, nullptr);
    EXPECT_EQ(process_heap.owners().find(number(moved)).owner(), Owner::nobody) << "libc's stays libc's";
    release(moved);
    if (test::serves_itself()) {
        EXPECT_EQ(Counted().free_foreign.get() - before.free_foreign.get(), 3u);
    }
}

TEST_F(DispatchTest, WildPointersAreCountedAndHarmless) {
    if (!test::serves_itself()) GTEST_SKIP() << "libc decides";
    EXPECT_EQ(0, test::status_in_child([] {
                  auto* object = static_cast<char*>(allocate(1000));
                  void* next = allocate(32);
                  release(object + 16);
                  release(object + 1);
                  release(object);
                  release(object);
                  errno = 0;
                  if (reallocate(object + 32, 5000) != nullptr || errno != ENOMEM) return 1;
                  if (usable_size(object + 32) != 0) return 2;
                  auto* large = static_cast<char*>(allocate(10 * kMiB));
                  release(large + 64);
                  release(large + 4096);
                  if (reallocate(large + 4096, 100) != nullptr) return 3;
                  std::memset(large, 0, 10 * kMiB);
                  std::memset(next, 0, 32);
                  return allocate(100) == nullptr ? 4 : 0;
              }));
}

// The heap must stay whole: no two live objects may overlap, whatever was freed wrongly before.
void expect_whole_heap_after(void (*spoil)(char* object)) {
    if (!test::serves_itself()) GTEST_SKIP() << "libc decides";
    for (const std::size_t size : {24ul, 200ul, 5000ul, 40'000ul}) {
        EXPECT_EQ(0, test::status_in_child([size, spoil] {
                      std::vector<char*> objects;
                      for (int i = 0; i < 50; ++i) objects.push_back(static_cast<char*>(allocate(size)));
                      spoil(objects[25]);
                      for (int i = 0; i < 500; ++i) objects.push_back(static_cast<char*>(allocate(size)));
                      // The one that was freed may come again, so it is out.
                      objects.erase(objects.begin() + 25);
                      std::sort(objects.begin(), objects.end());
                      for (std::size_t i = 1; i < objects.size(); ++i) {
                          if (objects[i] - objects[i - 1] < static_cast<std::ptrdiff_t>(size)) return 1;
                      }
                      return 0;
                  }))
            << size << " (1: objects overlap, 128 and more: a signal)";
    }
}

TEST_F(DispatchTest, ADoubleFreeNeverCorruptsTheHeap) {
    expect_whole_heap_after([](char* object) {
        release(object);
        release(object);
    });
}

// core/heap/README.md: the pool's fast free looks at nothing but the newest free object.
bool frees_unseen() {
    return test::my_heap().uses_pool && !process_heap.tracked();
}

TEST_F(DispatchTest, AFreeOfAnInteriorPointerNeverCorruptsTheHeap) {
    if (frees_unseen()) GTEST_SKIP() << "not promised";
    expect_whole_heap_after([](char* object) { release(object + 16); });
}

TEST_F(DispatchTest, AFreeOfAMisalignedPointerNeverCorruptsTheHeap) {
    if (frees_unseen()) GTEST_SKIP() << "not promised";
    expect_whole_heap_after([](char* object) { release(object + 3); });
}

TEST_F(DispatchTest, ReallocWithinTheSmallestClassStaysInPlace) {
    if (!test::serves_itself()) GTEST_SKIP() << "libc decides";
    void* object = allocate(12);
    (void)allocate(12);
    for (const std::size_t size : {11ul, 8ul, 4ul, 1ul, 16ul, 2ul})
        EXPECT_EQ(reallocate(object, size), object) << size;
}

// An address deep inside a large object is as wild as one near its start; libc's free would abort on it.
TEST_F(DispatchTest, WildPointersDeepInALargeObjectAreHarmless) {
    if (!test::serves_itself()) GTEST_SKIP() << "libc decides";
    EXPECT_EQ(0, test::status_in_child([] {
                  auto* large = static_cast<char*>(allocate(10 * kMiB));
                  release(large + 70'000);
                  release(large + 5 * kMiB);
                  return usable_size(large + 5 * kMiB) == 0 ? 0 : 1;
              }));
}

TEST_F(DispatchTest, RefusedMemoryIsNullAndTheProcessGoesOn) {
    if (!test::serves_itself()) GTEST_SKIP() << "libc decides";
    EXPECT_EQ(0, test::status_in_child([] {
                  if (!test::limit_address_space(64 * kMiB)) return 77;
                  std::size_t total = 0;
                  for (;;) {
                      void* object = allocate(10'000);
                      if (object == nullptr) break;
                      std::memset(object, 1, 10'000);
                      total += 10'000;
                  }
                  if (errno != ENOMEM) return 1;
                  if (total < 48 * kMiB) return 2;
                  void* small = allocate(16);  // a smaller one may still fit; either way no crash
                  release(small);
                  if (allocate(50 * kMiB) != nullptr) return 3;
                  release(allocate_zeroed(1, 20'000));
                  return 0;
              }));
}

}  // namespace
}  // namespace morpharena
