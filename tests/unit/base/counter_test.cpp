#include "core/base/counter.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace morpharena {
namespace {

TEST(Counter, StartsAtZeroAndAdds) {
    Counter counter;
    EXPECT_EQ(counter.get(), 0u);
    counter.add(0);
    counter.add(5);
    counter.add(std::uint64_t{1} << 40);
    EXPECT_EQ(counter.get(), (std::uint64_t{1} << 40) + 5);
    counter.set(9);
    EXPECT_EQ(counter.get(), 9u);
}

TEST(Counter, AddTakesAmountsThatNoImmediateHolds) {
    Counter counter;
    counter.add(0x80000000u);
    counter.add(0xffffffffu);
    EXPECT_EQ(counter.get(), 0x17fffffffu);
    counter.add(0 - std::uint64_t{0x17fffffff});  // what is taken back is added modulo 2^64
    EXPECT_EQ(counter.get(), 0u);
}

TEST(Counter, RaisesOnly) {
    Counter counter;
    counter.raise_to(7);
    counter.raise_to(3);
    EXPECT_EQ(counter.get(), 7u);
    counter.raise_to(8);
    EXPECT_EQ(counter.get(), 8u);
}

TEST(Counter, ReaderNeverSeesItFall) {
    Counter counter;
    std::atomic<bool> done{false};
    std::atomic<bool> fell{false};
    std::thread reader([&] {
        std::uint64_t before = 0;
        while (!done.load(std::memory_order_relaxed)) {
            const std::uint64_t now = counter.get();
            if (now < before) fell = true;
            before = now;
        }
    });
    for (int i = 0; i < 1'000'000; ++i) counter.add(0x1'0000'0001);
    done = true;
    reader.join();
    EXPECT_FALSE(fell);
    EXPECT_EQ(counter.get(), 1'000'000 * 0x1'0000'0001u);
}

}  // namespace
}  // namespace morpharena
