#include "core/heap/check.h"

#include <signal.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <string>
#include <thread>

#include "tests/unit/support/in_child.h"
#include "tests/unit/support/process_under_test.h"

namespace morpharena {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

// Where the row of meson.build turns checking on; elsewhere there is nothing to test but that it is off.
class CheckTest : public testing::Test {
  protected:
    void SetUp() override {
        test::my_heap();
        test::provide_next_allocator();
        if (!process_heap.checks().on()) GTEST_SKIP() << "MORPHARENA_CHECK is off in this row";
    }
    static ThreadCounters& counters() { return *test::my_heap().counters; }
    static std::string complaints() { return std::string(complaints_of(process_heap.record().header())); }
    static std::uintptr_t number(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }
};

TEST_F(CheckTest, GoodCallsAreNotComplainedOf) {
    const std::uint64_t before = counters().free_double.get() + counters().free_invalid.get();
    for (const std::size_t size : {0, 1, 48, 1024, 5000, 40000, 100000, 700000, 3000000}) {
        void* object = allocate(size);
        object = reallocate(object, size + 1);
        object = reallocate(object, 2 * size + 100);
        EXPECT_GE(usable_size(object), 2 * size + 100);
        object = reallocate(object, size / 2 + 1);
        release(object);
        release(allocate_zeroed(3, size));
        release(allocate_aligned(256, size));
        release(allocate_aligned(65536, size));
    }
    EXPECT_EQ(counters().free_double.get() + counters().free_invalid.get(), before);
}

TEST_F(CheckTest, ADoubleFreeOfAnySizeIsRefused) {
    for (const std::size_t size : {1, 48, 1024, 5000, 100000, 3000000, 70000000}) {
        void* object = allocate(size);
        void* other = allocate(size);
        release(object);
        release(other);
        const std::uint64_t before = counters().free_double.get();
        release(object);
        EXPECT_EQ(counters().free_double.get(), before + 1) << size;
        EXPECT_EQ(reallocate(object, size + 1), nullptr);
        EXPECT_EQ(usable_size(object), 0u);
        EXPECT_EQ(counters().free_double.get(), before + 3) << size;
    }
    EXPECT_THAT(complaints(), HasSubstr("freed already"));
}

TEST_F(CheckTest, AFreeByAnotherThreadIsKnown) {
    void* object = allocate(48);
    std::thread([object] { release(object); }).join();
    const std::uint64_t before = counters().free_double.get();
    release(object);
    EXPECT_EQ(counters().free_double.get(), before + 1);
}

TEST_F(CheckTest, InsideAnObjectNothingBegins) {
    for (const std::size_t size : {48, 1024, 5000, 100000, 3000000}) {
        auto* object = static_cast<char*>(allocate(size));
        std::memset(object, 7, size);
        for (const std::size_t offset :
             {std::size_t{1}, std::size_t{8}, std::size_t{16}, size / 2, size - 1}) {
            const std::uint64_t before = counters().free_invalid.get();
            release(object + offset);
            EXPECT_EQ(reallocate(object + offset, 10), nullptr);
            EXPECT_EQ(counters().free_invalid.get(), before + 2) << size << " + " << offset;
        }
        void* other = allocate(size);
        std::memset(other, 8, size);
        EXPECT_EQ(object[0], 7);
        EXPECT_EQ(object[size - 1], 7);
        release(object);
        release(other);
    }
    EXPECT_THAT(complaints(), HasSubstr("bytes inside an object of"));
}

TEST_F(CheckTest, AReallocThatFailsLeavesTheObjectLive) {
    void* object = allocate(48);
    const std::uint64_t before = counters().free_double.get() + counters().free_invalid.get();
    EXPECT_EQ(reallocate(object, kMaxRequest), nullptr);
    EXPECT_GE(usable_size(object), 48u);
    release(object);
    EXPECT_EQ(counters().free_double.get() + counters().free_invalid.get(), before);
}

TEST_F(CheckTest, ComplaintsOfAKindAreFewAndCountedAll) {
    void* object = allocate(48);
    release(object);
    const std::uint64_t before = counters().free_double.get();
    for (int i = 0; i < 1000; ++i) release(object);
    EXPECT_EQ(counters().free_double.get(), before + 1000);
    const std::string all = complaints();
    std::size_t lines = 0;
    for (std::size_t at = all.find("freed already"); at != std::string::npos;
         at = all.find("freed already", at + 1))
        ++lines;
    EXPECT_GE(lines, 1u);
    EXPECT_LE(lines, 4u);
}

TEST_F(CheckTest, AbortSaysOneLineAndEnds) {
    std::array<int, 2> ends{};
    ASSERT_EQ(pipe(ends.data()), 0);
    void* object = allocate(48);
    const int status = test::status_in_child([&] {
        dup2(ends[1], 2);
        process_heap.checks().configure(Check::abort);
        signal(SIGABRT, SIG_IGN);  // which does not save it
        release(object);
        release(object);
        return 0;
    });
    close(ends[1]);
    std::array<char, 500> line{};
    const ssize_t length = read(ends[0], line.data(), line.size() - 1);
    close(ends[0]);
    EXPECT_EQ(status, 128 + SIGABRT);
    ASSERT_GT(length, 0);
    EXPECT_THAT(line.data(),
                MatchesRegex("morpharena: free: 0x[0-9a-f]+ .*freed already \\(MORPHARENA_CHECK=abort\\)\n"));
}

}  // namespace
}  // namespace morpharena
