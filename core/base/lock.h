// A lock for the slow paths. It may be held across a fork by the forking thread (the fork handlers do that),
// so the holder may take it again; other threads spin briefly, then sleep. How to sleep and who is asking
// come from the layer above as `Kernel`, so that nothing here enters the kernel and a unit test can watch the
// calls.
#pragma once

#include <atomic>
#include <concepts>
#include <cstdint>

namespace morpharena {

template <class Kernel>
concept LockKernel = requires(std::atomic<std::uint32_t>& word, std::uint32_t seen) {
    // A number that no two running threads share, never 0; cheap.
    { Kernel::self() } -> std::same_as<std::uintptr_t>;
    // Sleeps while `word` is `seen`; may return early.
    Kernel::wait(word, seen);
    // Wakes one sleeper.
    Kernel::wake(word);
};

// All zero is the unlocked state: a page wiped at fork holds free locks.
template <LockKernel Kernel>
class BasicLock {
  public:
    constexpr BasicLock() = default;

    void lock() {
        if (held_by_me()) {
            ++depth_;
            return;
        }
        std::uint32_t expected = kFree;
        if (!word_.compare_exchange_strong(expected, kHeld, std::memory_order_acquire)) wait_for_it();
        owner_.store(Kernel::self(), std::memory_order_relaxed);
        depth_ = 1;
    }

    void unlock() {
        if (--depth_ != 0) return;
        owner_.store(0, std::memory_order_relaxed);
        if (word_.exchange(kFree, std::memory_order_release) == kAwaited) Kernel::wake(word_);
    }

    bool held_by_me() const { return owner_.load(std::memory_order_relaxed) == Kernel::self(); }

  private:
    static constexpr std::uint32_t kFree = 0;
    static constexpr std::uint32_t kHeld = 1;
    static constexpr std::uint32_t kAwaited = 2;  // held, and somebody may sleep
    static constexpr int kSpins = 100;            // a refill holds the lock for about a microsecond

    void wait_for_it() {
        for (int i = 0; i < kSpins; ++i) {
            std::uint32_t expected = kFree;
            if (word_.compare_exchange_weak(expected, kHeld, std::memory_order_acquire)) return;
            __builtin_ia32_pause();
        }
        while (word_.exchange(kAwaited, std::memory_order_acquire) != kFree) Kernel::wait(word_, kAwaited);
    }

    std::atomic<std::uint32_t> word_{kFree};
    std::uint32_t depth_ = 0;  // by the holder only
    std::atomic<std::uintptr_t> owner_{0};
};

}  // namespace morpharena
