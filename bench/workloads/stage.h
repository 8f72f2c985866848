// What a workload stands on: how long it is, its rounds, the clock that runs in each, and objects that are
// touched.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <random>

#include "bench/workloads/session.h"

namespace morpharena::bench {

// The compiler must believe that the object is used.
inline void* used(void* object) {
    asm volatile("" : : "r"(object) : "memory");
    return object;
}

inline constexpr std::size_t kLine = 64;  // bytes of a cache line

// One store in each cache line from `from` on: what a program that fills an object costs in memory.
inline void touch_lines(void* object, std::size_t size, std::size_t from = 0) {
    for (std::size_t at = from; at < size; at += kLine) static_cast<char*>(object)[at] = 1;
    used(object);
}

// The same for a small object, without a branch that depends on its size: a program knows how large its
// objects are, and does not mispredict the end of each (7 ns of 17 in lifo_scratch, when this was a loop).
inline void touch_any(void* object, std::size_t size) {
    constexpr std::size_t kFew = 5;
    if (size > kFew * kLine) return touch_lines(object, size);
    char* bytes = static_cast<char*>(object);
    for (std::size_t line = 0; line < kFew; ++line) bytes[std::min(line * kLine, size - 1)] = 1;
    used(object);
}

// A thread's part of the session. A workload is a loop `while (stage.round()) { ...; stage.end(); ... }`: the
// clock runs from round() to end(), and what stands behind end() gives memory back and is not timed.
class Stage {
  public:
    Stage(Session& session, unsigned thread) : session_(session), random_(thread + 1), thread_(thread) {}
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;

    std::size_t count() const { return session_.parameters().count; }
    std::size_t size() const { return session_.parameters().size; }
    std::mt19937_64& random() { return random_; }

    // Both wait for the other threads, so that all work at once and one clock serves.
    bool round() { return session_.begin_round(round_++, thread_ == 0); }
    void end() { session_.end_round(thread_ == 0); }

    // What one round made, and the payload that was live at its peak: the bytes that had to be fresh.
    void made(std::size_t objects, std::size_t bytes, std::size_t live_peak) {
        session_.add_work(objects, bytes, live_peak);
    }

    // An object as a program makes it: asked for, and written to. Of a size that changes from call to call,
    void* make(std::size_t size) {
        void* object = ask(size);
        if (session_.parameters().touch) touch_any(object, size);
        return object;
    }
    // of the same size each time,
    void* make_alike(std::size_t size) { return make_alike(size, size); }
    // and one of which only the first `touched` bytes are written.
    void* make_alike(std::size_t size, std::size_t touched) {
        void* object = ask(size);
        if (session_.parameters().touch) touch_lines(object, touched);
        return object;
    }
    // Grows `object`, and writes to what is new of it.
    void* grow(void* object, std::size_t from, std::size_t size) {
        object = std::realloc(object, size);
        if (object == nullptr) std::abort();
        if (session_.parameters().touch) touch_lines(object, size, from);
        return used(object);
    }

    // Runs `free_all`, or takes the arena back to where it was before the first round, where that was asked
    // for.
    template <typename Free>
    void release(Free free_all) {
        if (!session_.reset_arena()) free_all();
    }

  private:
    static void* ask(std::size_t size) {
        void* object = std::malloc(size);
        if (object == nullptr) std::abort();
        return used(object);
    }

    Session& session_;
    std::mt19937_64 random_;
    unsigned thread_;
    unsigned round_ = 0;
};

using Workload = void (*)(Stage&);

struct WorkloadRow {
    const char* name;
    Workload run;
    std::size_t count;
    std::size_t size;  // 0: a mix of its own
    const char* summary;
};

// The row of that name, or nullptr. workload_rows() ends with a row without a name.
const WorkloadRow* workload_rows();
const WorkloadRow* find_workload(const char* name);

#define WORKLOAD(name, count, size, summary) void name(Stage&);
#include "bench/workloads/workloads.def"

}  // namespace morpharena::bench
