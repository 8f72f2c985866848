// Safe resets, asked for a thousand times a second, over threads that fill every object with a pattern of its
// own, hand objects to each other and look at each before it goes. What tests/programs/reset_storm does to
// the library, here over the core alone, so that the sanitizers' builds see it. RESETS: how many (default
// 300).
#include <gtest/gtest.h>
#include <string.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <random>
#include <thread>
#include <vector>

#include "core/heap/dispatch.h"
#include "tests/unit/support/process_under_test.h"

namespace morpharena {
namespace {

class Storm {
  public:
    void work(unsigned seed) {
        std::mt19937 random(seed);
        std::vector<Object*> mine(200, nullptr);
        while (!stop_) {
            for (int i = 0; i < 300; ++i) {
                Object*& slot = mine[random() % mine.size()];
                if (random() % 16 == 0) {
                    slot = shared_[random() % shared_.size()].exchange(slot);
                } else {
                    drop(slot);
                    slot = random() % 3 != 0 ? make(random) : nullptr;
                }
            }
            std::this_thread::sleep_for(std::chrono::microseconds(300));
        }
        for (Object* object : mine) drop(object);
        test::end_thread();
    }

    void stop() { stop_ = true; }
    void drop_shared() {
        for (auto& slot : shared_) drop(slot.exchange(nullptr));
    }
    std::size_t damaged() const { return damaged_; }

  private:
    struct Object {
        Object* self;
        std::size_t bytes;
        unsigned char fill;
    };

    Object* make(std::mt19937& random) {
        const auto kind = static_cast<unsigned>(random() % 1000);
        const std::size_t more = kind < 2 ? 600000 : kind < 50 ? random() % 20000 : random() % 300;
        const std::size_t bytes = sizeof(Object) + more;
        void* memory = kind % 4 == 0 ? allocate_zeroed(1, bytes) : allocate(bytes);
        if (memory == nullptr) return nullptr;
        auto* raw = static_cast<unsigned char*>(memory);
        if (kind % 4 == 0 && (raw[0] != 0 || memcmp(raw, raw + 1, bytes - 1) != 0)) ++damaged_;
        const auto fill = static_cast<unsigned char>(random());
        memset(raw, fill, bytes);
        return new (memory) Object{static_cast<Object*>(memory), bytes, fill};
    }

    void drop(Object* object) {
        if (object == nullptr) return;
        const auto* rest = reinterpret_cast<unsigned char*>(object) + sizeof(Object);
        const std::size_t bytes = object->bytes - sizeof(Object);
        const bool whole =
            object->self == object &&
            (bytes == 0 || (rest[0] == object->fill && memcmp(rest, rest + 1, bytes - 1) == 0));
        if (!whole) ++damaged_;
        memset(static_cast<void*>(object), 0xdd, sizeof(Object));
        release(object);
    }

    std::array<std::atomic<Object*>, 64> shared_{};
    std::atomic<bool> stop_{false};
    std::atomic<std::size_t> damaged_{0};
};

TEST(ResetStorm, NothingThatLivesIsDamaged) {
    test::my_heap();
    if (!process_heap.resets_safely()) GTEST_SKIP() << "nobody resets in this row";
    const char* wanted = std::getenv("RESETS");
    const long resets = wanted != nullptr ? std::atol(wanted) : 300;
    const std::uint64_t before = process_heap.counters().resets.get();
    Storm storm;
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < 8; ++i) threads.emplace_back([&storm, i] { storm.work(i + 1); });
    for (long i = 0; i < resets; ++i) {
        process_heap.resets().ask();
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        // Threads that come and go, so that heaps are taken over meanwhile.
        if (i % 50 == 0) {
            std::thread([] {
                for (int k = 0; k < 2000; ++k) release(allocate(100));
                test::end_thread();
            }).join();
        }
    }
    storm.stop();
    for (std::thread& thread : threads) thread.join();
    storm.drop_shared();
    EXPECT_EQ(storm.damaged(), 0u);
    EXPECT_GT(process_heap.counters().resets.get(), before);
}

}  // namespace
}  // namespace morpharena
