// Random calls of the whole malloc family against a model: contents, alignment, overlap, usable size, several
// threads that free each other's objects. MODEL_OPERATIONS: calls a thread (default 250,000); MODEL_SEED: the
// first thread's seed.
#include <malloc.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "check.h"
#include "proc_file.h"

namespace {

struct Object {
    unsigned char* start = nullptr;
    std::size_t size = 0;  // bytes that are patterned
    std::size_t usable = 0;
    unsigned char pattern = 0;
};

// What is live, by address: two objects must never share a byte. The map's own nodes come from the same
// malloc.
class Live {
  public:
    void add(const Object& object) {
        const std::lock_guard guard(mutex_);
        const auto start = reinterpret_cast<std::uintptr_t>(object.start);
        const auto next = live_.lower_bound(start);
        CHECK(next == live_.end() || start + object.usable <= next->first, "%p overlaps the next",
              static_cast<void*>(object.start));
        if (next != live_.begin()) {
            const auto before = std::prev(next);
            CHECK(before->first + before->second <= start, "%p overlaps the one before",
                  static_cast<void*>(object.start));
        }
        live_.emplace(start, object.usable);
    }
    // Before the object is freed: from then on another thread may get it.
    void remove(const Object& object) {
        const std::lock_guard guard(mutex_);
        CHECK(live_.erase(reinterpret_cast<std::uintptr_t>(object.start)) == 1, "not live");
    }

  private:
    std::mutex mutex_;
    std::map<std::uintptr_t, std::size_t> live_;
};

Live live;

// Objects that one thread puts down and another picks up.
class Exchange {
  public:
    Object swap(const Object& object, std::size_t place) {
        const std::lock_guard guard(mutex_);
        return std::exchange(places_[place % places_.size()], object);
    }

  private:
    std::mutex mutex_;
    std::array<Object, 128> places_{};
};

Exchange exchange;

class Worker {
  public:
    explicit Worker(unsigned seed) : random_(seed) {}

    void run(long operations) {
        for (long i = 0; i < operations; ++i) {
            Object& object = objects_[random_() % objects_.size()];
            switch (random_() % 8) {
                case 0:
                case 1:
                case 2:
                case 3:
                    drop(object);
                    make(object);
                    break;
                case 4:
                case 5:
                    resize(object);
                    break;
                case 6:
                    drop(object);
                    break;
                default:
                    object = exchange.swap(object, random_());
                    break;
            }
        }
        for (Object& object : objects_) drop(object);
    }

  private:
    std::size_t any_size() {
        const auto kind = random_() % 1000;
        if (kind < 800) return random_() % 300;
        if (kind < 980) return random_() % 8000;
        if (kind < 998) return random_() % 200'000;
        return random_() % 3'000'000;
    }

    // Every byte of small objects; of large ones both ends and a stride between, since all at each step would
    // be slow.
    static void each_byte(const Object& object, auto&& visit) {
        const std::size_t stride = object.size < 600 ? 1 : 251;
        for (std::size_t i = 0; i < object.size; i += stride) visit(object.start[i]);
        if (object.size != 0) visit(object.start[object.size - 1]);
    }
    static void verify(const Object& object) {
        each_byte(object, [&](const unsigned char& byte) {
            CHECK(byte == object.pattern, "%p of %zu: byte %td is %d, not %d",
                  static_cast<void*>(object.start), object.size, &byte - object.start, byte, object.pattern);
        });
    }

    void fill(Object& object, void* start, std::size_t size, std::size_t alignment, const char* call) {
        CHECK(start != nullptr, "%s of %zu", call, size);
        CHECK(reinterpret_cast<std::uintptr_t>(start) % alignment == 0, "%s of %zu: %p", call, size, start);
        object.start = static_cast<unsigned char*>(start);
        object.usable = malloc_usable_size(start);
        CHECK(object.usable >= size && object.usable > 0, "%s of %zu: usable %zu", call, size, object.usable);
        // Up to the usable size in a third of the cases: callers do.
        object.size = random_() % 3 == 0 ? object.usable : size;
        object.pattern = static_cast<unsigned char>(random_());
        live.add(object);
        std::memset(object.start, object.pattern, object.size);
    }

    void make(Object& object) {
        const std::size_t size = any_size();
        const std::size_t alignment = std::size_t{16} << random_() % 10;
        void* start = nullptr;
        switch (random_() % 10) {
            case 0: {
                start = calloc(1, size);
                const auto* bytes = static_cast<const unsigned char*>(start);
                CHECK(std::all_of(bytes, bytes + size, [](unsigned char byte) { return byte == 0; }),
                      "calloc of %zu is not zero", size);
                return fill(object, start, size, 16, "calloc");
            }
            case 1:
                return fill(object, realloc(nullptr, size), size, 16, "realloc(NULL)");
            case 2:
                return fill(object, memalign(alignment, size), size, alignment, "memalign");
            case 3:
                return fill(object, aligned_alloc(alignment, size), size, alignment, "aligned_alloc");
            case 4:
                CHECK(posix_memalign(&start, alignment, size) == 0, "posix_memalign");
                return fill(object, start, size, alignment, "posix_memalign");
            case 5:
                return random_() % 20 != 0 ? fill(object, malloc(size), size, 16, "malloc")
                                           : fill(object, valloc(size), size, 4096, "valloc");
            default:
                return fill(object, malloc(size), size, 16, "malloc");
        }
    }

    void resize(Object& object) {
        if (object.start == nullptr) return make(object);
        verify(object);
        const std::size_t size = any_size() + 1;
        live.remove(object);
        const Object before = object;
        void* moved = random_() % 4 == 0 ? reallocarray(object.start, size, 1) : realloc(object.start, size);
        CHECK(moved != nullptr, "realloc to %zu", size);
        Object kept = before;
        kept.start = static_cast<unsigned char*>(moved);
        kept.size = std::min(before.size, size);
        verify(kept);
        fill(object, moved, size, 16, "realloc");
    }

    void drop(Object& object) {
        if (object.start == nullptr) return;
        verify(object);
        live.remove(object);
        free(object.start);
        object = {};
    }

    std::mt19937 random_;
    std::vector<Object> objects_ = std::vector<Object>(400);
};

}  // namespace

int main() {
    const long operations = number_from_environment("MODEL_OPERATIONS", 250'000);
    const auto seed = static_cast<unsigned>(number_from_environment("MODEL_SEED", 1));
    Worker(seed).run(operations / 4);  // alone first: the single-threaded ways
    std::vector<std::thread> threads;
    for (unsigned i = 1; i <= 4; ++i) threads.emplace_back([=] { Worker(seed + i).run(operations / 4); });
    for (std::thread& thread : threads) thread.join();
    return 0;
}
