// One thread's calls of the malloc family, as an input spells them, held against the model.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <utility>

#include "tests/fuzz/heap/model.h"
#include "tests/fuzz/input.h"

namespace morpharena::fuzz {

// Objects that one thread puts down and another picks up.
class Exchange {
  public:
    Object swap(const Object& object, std::size_t place) {
        const std::lock_guard guard(mutex_);
        return std::exchange(places_[place % places_.size()], object);
    }

  private:
    std::mutex mutex_;
    std::array<Object, 64> places_{};
};

class Worker {
  public:
    Worker(Live& live, Exchange& exchange) : live_(live), exchange_(exchange) {}

    // One call, or a few of one kind; `which` says what, the input with what.
    void step(std::uint8_t which, Input& input);
    void verify_all() const;
    void drop_all();

  private:
    void make(Object& object, Input& input);
    void make_zeroed(Object& object, Input& input);
    void make_aligned(Object& object, Input& input);
    void resize(Object& object, Input& input);
    void drop(Object& object);
    void refuse_oversized(Input& input);
    // Makes the call; a NULL of its is right where a limit or a failing system call refused something
    // meanwhile: exact for threads that take turns, and for real ones it may have been another's.
    template <class Call>
    void* request(Call call) {
        refusals_before_ = refusals();
        return call();
    }
    static std::uint64_t refusals();
    bool was_refused() const { return refusals() > refusals_before_; }
    void take(Object& object, void* start, std::size_t size, std::size_t alignment, bool to_the_end);
    Object& any(Input& input) { return objects_[input.byte()]; }

    Live& live_;
    Exchange& exchange_;
    std::uint64_t refusals_before_ = 0;
    unsigned char next_pattern_ = 1;
    std::array<Object, 256> objects_{};
};

}  // namespace morpharena::fuzz
