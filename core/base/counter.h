// A counter with one writer and any number of readers. The writer uses a relaxed load and a relaxed store,
// never a locked instruction; a reader on another thread, or another process that maps the same page, sees a
// value that was true a moment ago and is never torn. The idea is tcmalloc's atomic_stats_counter.
#pragma once

#include <atomic>
#include <cstdint>

namespace morpharena {

class Counter {
  public:
    constexpr Counter() = default;

    std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }
    void set(std::uint64_t value) { value_.store(value, std::memory_order_relaxed); }
    // By any thread.
    void raise_to(std::uint64_t value) {
        std::uint64_t seen = get();
        while (value > seen && !value_.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
        }
    }

    // Only by the one writer. On x86-64 this is one `add` to memory: GCC 12 turns the portable form into
    // three instructions (load, add, store), and two such counters stand on malloc's fast path.
    void add(std::uint64_t amount) {
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
        asm("addq %1, %0" : "+m"(value_) : "er"(amount) : "cc");
#else
        set(get() + amount);
#endif
    }

  private:
    std::atomic<std::uint64_t> value_{0};
};

static_assert(sizeof(Counter) == 8);

// A count that its one writer takes down by one and tests in the same instruction; readers as above.
class Countdown {
  public:
    constexpr Countdown() = default;

    std::int32_t get() const { return value_.load(std::memory_order_relaxed); }
    // With what the writer did before its last change.
    std::int32_t get_acquire() const { return value_.load(std::memory_order_acquire); }
    // Only by the one writer, all of them. Release costs nothing on x86-64, and whoever sees the zero may use
    // the memory again.
    void set(std::int32_t value) { value_.store(value, std::memory_order_release); }
    // What is left: whoever sees a zero may take the memory, so the caller must not read it again.
    std::int32_t add(std::int32_t amount) {
        const std::int32_t left = get() + amount;
        set(left);
        return left;
    }
    // Takes one off; true when nothing is left.
    bool drop() {
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
        bool zero;
        asm("subl $1, %0" : "+m"(value_), "=@ccz"(zero));
        return zero;
#else
        return add(-1) == 0;
#endif
    }

  private:
    std::atomic<std::int32_t> value_{0};
};

static_assert(sizeof(Countdown) == 4);

}  // namespace morpharena
