#include "profile/live_objects.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <unordered_map>
#include <vector>

namespace morpharena::profile {
namespace {

TEST(LiveObjects, AgainstAModel) {
    const auto live = std::make_unique<LiveObjects>();
    std::unordered_map<std::uintptr_t, std::uint64_t> model;
    std::mt19937_64 random(1);
    for (int i = 0; i < 300'000; ++i) {
        // Few and crowded addresses, so that runs of neighbours form and break up.
        const std::uintptr_t address = 0x7f0000000000 + random() % 6000 * 16;
        const auto known = model.find(address);
        LiveObject object{};
        EXPECT_TRUE(known == model.end() || live->watched()[watch_slot(address)] != 0);
        ASSERT_EQ(live->take(address, object), known != model.end());
        if (known != model.end()) {
            EXPECT_EQ(object.address, address);
            EXPECT_EQ(object.size, known->second);
            model.erase(known);
        } else {
            object.address = address;
            object.size = random();
            ASSERT_TRUE(live->add(object));
            model[address] = object.size;
        }
    }
    for (const auto& [address, size] : model) {
        LiveObject object;
        ASSERT_TRUE(live->take(address, object));
        EXPECT_EQ(object.size, size);
    }
    for (std::size_t slot = 0; slot < kWatchSlots; ++slot)
        EXPECT_EQ(live->watched()[slot], 0) << "nothing is left";
}

TEST(LiveObjects, AFilterThatOverflowedStays) {
    const auto live = std::make_unique<LiveObjects>();
    const std::size_t slot = watch_slot(0x10000);
    std::vector<std::uintptr_t> same;
    for (std::uintptr_t address = 16; same.size() < 300; address += 16) {
        if (watch_slot(address) == slot) same.push_back(address);
    }
    for (const std::uintptr_t address : same) ASSERT_TRUE(live->add({address, nullptr, 1, 0, 0, 0}));
    LiveObject object;
    for (std::size_t i = 0; i + 1 < same.size(); ++i) ASSERT_TRUE(live->take(same[i], object));
    EXPECT_NE(live->watched()[slot], 0) << "the last one is still watched";
    live->forget();
    EXPECT_EQ(live->watched()[slot], 0);
    EXPECT_FALSE(live->take(same.back(), object));
}

}  // namespace
}  // namespace morpharena::profile
