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
concept LockKernel = requires(std::atomic<std::uintptr_t>& word, std::uintptr_t seen) {
    // A number that no two running threads share, even, never 0; cheap.
    { Kernel::self() } -> std::same_as<std::uintptr_t>;
    // Sleeps while the low 32 bits of `word` are those of `seen`; may return early.
    Kernel::wait(word, seen);
    // Wakes one sleeper.
    Kernel::wake(word);
};

// All zero is the unlocked state: a page wiped at fork holds free locks.
//
// Who holds it and that it is held are one word, taken and given up by one instruction each: a signal handler
// that takes the lock too, between any two instructions of these functions, finds it held by its own thread
// or free, and leaves it as it found it. (With the owner in a word of its own a handler that came between the
// two waited for ever for the thread that it had interrupted.)
template <LockKernel Kernel>
class BasicLock {
  public:
    constexpr BasicLock() = default;

    void lock() {
        const std::uintptr_t self = Kernel::self();
        if (owner(word_.load(std::memory_order_relaxed)) == self) {
            ++again_;
            return;
        }
        std::uintptr_t expected = kFree;
        if (!word_.compare_exchange_strong(expected, self, std::memory_order_acquire)) wait_for_it(self);
    }

    // False where anybody holds it, the caller included.
    bool try_lock() {
        std::uintptr_t expected = kFree;
        return word_.compare_exchange_strong(expected, Kernel::self());
    }

    void unlock() {
        if (again_ != 0) {
            --again_;
            return;
        }
        if ((word_.exchange(kFree, std::memory_order_release) & kAwaited) != 0) Kernel::wake(word_);
    }

    bool held_by_me() const { return owner(word_.load(std::memory_order_relaxed)) == Kernel::self(); }

  private:
    static constexpr std::uintptr_t kFree = 0;
    static constexpr std::uintptr_t kAwaited = 1;  // beside the owner: somebody may sleep
    static constexpr int kSpins = 100;             // a refill holds the lock for about a microsecond

    static std::uintptr_t owner(std::uintptr_t word) { return word & ~kAwaited; }

    void wait_for_it(std::uintptr_t self) {
        for (int i = 0; i < kSpins; ++i) {
            std::uintptr_t expected = kFree;
            if (word_.compare_exchange_weak(expected, self, std::memory_order_acquire)) return;
            __builtin_ia32_pause();
        }
        for (;;) {
            std::uintptr_t seen = word_.load(std::memory_order_relaxed);
            if (seen == kFree) {
                // Others may sleep whom nobody would wake any more.
                if (word_.compare_exchange_weak(seen, self | kAwaited, std::memory_order_acquire)) return;
            } else if ((seen & kAwaited) != 0 ||
                       word_.compare_exchange_weak(seen, seen | kAwaited, std::memory_order_relaxed)) {
                Kernel::wait(word_, seen | kAwaited);
            }
        }
    }

    std::atomic<std::uintptr_t> word_{kFree};
    std::uint32_t again_ = 0;  // how many more times the holder has taken it; 0 where it is free
};

}  // namespace morpharena
