// The lock of base/lock.h with the kernel's futex under it, and the guard by which the slow paths hold it.
#pragma once

#include <linux/futex.h>
#include <signal.h>

#include "core/base/lock.h"
#include "core/os/syscall.h"

namespace morpharena::os {

struct FutexKernel {
    static std::uintptr_t self() { return reinterpret_cast<std::uintptr_t>(__builtin_thread_pointer()); }
    // A futex is 32 bits wide: x86-64 has the low ones at the word's own address.
    static void wait(std::atomic<std::uintptr_t>& word, std::uintptr_t seen) {
        syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, static_cast<std::uint32_t>(seen), nullptr);
    }
    static void wake(std::atomic<std::uintptr_t>& word) { syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1); }
};

using Lock = BasicLock<FutexKernel>;

// Every signal is blocked in this thread, then the mask is as it was. But for those that an instruction of
// the thread's own calls for: the kernel ends a process that blocks one of them then, and a sandbox may
// answer our system calls by a handler of SIGSYS, a collector a write to what it has protected by one of
// SIGSEGV.
class SignalsBlocked {
  public:
    SignalsBlocked() {
        constexpr auto bit = [](int signal) { return std::uint64_t{1} << (signal - 1); };
        constexpr std::uint64_t kMask =
            ~(bit(SIGILL) | bit(SIGTRAP) | bit(SIGBUS) | bit(SIGFPE) | bit(SIGSEGV) | bit(SIGSYS));
        blocked_ = !failed(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &kMask, &before_, sizeof before_));
    }
    ~SignalsBlocked() {
        // Where a sandbox refused, the program's mask is not known and stays.
        if (blocked_) syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before_, nullptr, sizeof before_);
    }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

  private:
    std::uint64_t before_ = 0;
    bool blocked_;
};

// Holds the lock with signals blocked, so that no handler runs while the shared state is half changed: a
// handler that forks would take that state into the child (two peers hang there), one that allocates would
// change it once more.
//
// It is waited for with signals as they are: a garbage collector stops the threads by a signal and waits
// until each is in its handler. One of them may have the lock then (in a QuickSection, or through a fork),
// and a thread that waits for it without taking the signal would be waited for in turn. So a handler may come
// in while the lock is held but nothing is changed yet, as into a QuickSection.
class LockedSection {
  public:
    explicit LockedSection(Lock& lock) : lock_(taken(lock)) {}
    ~LockedSection() { lock_.unlock(); }
    LockedSection(const LockedSection&) = delete;
    LockedSection& operator=(const LockedSection&) = delete;

  private:
    static Lock& taken(Lock& lock) {
        lock.lock();
        return lock;
    }

    Lock& lock_;
    SignalsBlocked blocked_;  // from when the lock is taken until it is given up
};

// Holds the lock with signals as they are, for a section so short and so frequent that the two system calls
// would be most of it (with them, growing vectors in the pool took 1.2 times as long as with mimalloc; 30 %
// was rt_sigprocmask). A handler may then find the lock held by its own thread: whoever takes one of these
// first asks held_by_me() and stays away from what it protects.
class QuickSection {
  public:
    explicit QuickSection(Lock& lock) : lock_(lock) { lock_.lock(); }
    ~QuickSection() { lock_.unlock(); }
    QuickSection(const QuickSection&) = delete;
    QuickSection& operator=(const QuickSection&) = delete;

  private:
    Lock& lock_;
};

}  // namespace morpharena::os
