// A process's heap that begins anew with each input, and threads that take turns, so that an input means the
// same every time: a thread is its thread-local pointers and a number, and the core's system calls come by
// syscall_hook, which numbers the threads, remembers the mappings, and fails what it is told to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/heap/thread_heap.h"

namespace morpharena::fuzz {

class World {
  public:
    // `options`: MORPHARENA_NAME=value each.
    explicit World(std::vector<std::string> options);
    ~World();  // every mapping that the core made is gone afterwards
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    // The threads that take turns. Before turn_to() one of them, the first, has its turn.
    static constexpr std::size_t kThreads = 4;
    void turn_to(std::size_t thread);
    // The thread whose turn it is ends; another one begins in its place.
    void replace_thread();
    // For a real thread beside those: gives it a number of its own.
    static void begin_real_thread();

    // The `nth` call from now that can fail for want of memory fails so (1: the next); 0: none does.
    static void fail_after(unsigned nth);
    static std::uint64_t failures();  // that came to pass, in all

  private:
    struct Turn {
        ThreadHeap* heap = nullptr;
        HeapRoots* roots = nullptr;
        int number = 0;
    };
    std::vector<std::string> options_;
    std::vector<char*> environment_;
    char** before_ = nullptr;  // the environment that the options stand in for
    Turn turns_[kThreads];
    std::size_t now_ = 0;
};

}  // namespace morpharena::fuzz
