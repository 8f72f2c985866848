#include "core/observe/profile_hooks.h"

#include <gtest/gtest.h>

#include <set>

namespace morpharena {
namespace {

TEST(ProfileHooks, NobodyIsSampledUntilToldTo) {
    const ProfileThread thread;
    EXPECT_EQ(thread.until_sample, ProfileThread::kNever);
    EXPECT_GT(thread.until_sample, std::uint64_t{1} << 63) << "no process asks for so many bytes";
}

TEST(ProfileHooks, NeighboursAreWatchedApart) {
    std::set<std::size_t> slots;
    for (std::uintptr_t object = 0x7f0000000000; object < 0x7f0000000000 + 1000 * 16; object += 16) {
        ASSERT_LT(watch_slot(object), kWatchSlots);
        slots.insert(watch_slot(object));
    }
    EXPECT_GT(slots.size(), 900u) << "one filter for a thousand neighbours";
    slots.clear();
    for (std::uintptr_t slab = 0; slab < 1000; ++slab)
        slots.insert(watch_slot(0x7f0000000000 + slab * 65536 + 64));
    EXPECT_GT(slots.size(), 900u) << "and for the first objects of a thousand slabs";
}

}  // namespace
}  // namespace morpharena
