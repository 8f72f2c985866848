// MORPHARENA_CHECK: judges the pointers that a program gives to free, realloc and malloc_usable_size, and
// says what is wrong with them in the record or, with `abort`, in one line on stderr before the process ends.
// Where it is on, every call goes the slow way, as where calls are counted; elsewhere nothing here runs.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/config/option_types.h"
#include "core/heap/owner_map.h"
#include "core/heap/pointer_states.h"

namespace morpharena {

class ProcessHeap;

enum class BadPointer : std::uint32_t { freed, no_object, foreign, written };
inline constexpr std::size_t kBadPointers = 4;

class Checks {
  public:
    constexpr Checks() = default;

    void configure(Check how) { how_ = how; }
    bool on() const { return how_ != Check::off; }

    // All of these only where on().

    // malloc's family hands `pointer` out; nullptr is let pass.
    void handed_out(ProcessHeap& process, const void* pointer);
    // `pointer` is given to `call`, which takes the object back: it counts as freed from here on. False:
    // nothing may be done with it, and that has been said. A foreign one is told of and let pass, as a
    // library that was loaded with RTLD_DEEPBIND rightly has its memory from libc.
    bool take_back(ProcessHeap& process, std::uintptr_t pointer, std::string_view call);
    // The same of a call that leaves the object as it is.
    bool look_at(ProcessHeap& process, std::uintptr_t pointer, std::string_view call);

    PointerState state(std::uintptr_t pointer) const { return states_.find(pointer); }
    // The memory gets another use: what was known of pointers into it is no more true.
    void forget(std::uintptr_t start, std::size_t bytes) { states_.forget(start, bytes); }

    // Counts it; the first few of a kind are told in the record. With `abort` it does not return. `what` goes
    // on from the pointer: "is ...".
    void report(ProcessHeap& process, BadPointer kind, std::string_view call, std::uintptr_t pointer,
                std::string_view what);

  private:
    bool judge(ProcessHeap& process, std::uintptr_t pointer, PointerState state, std::string_view call);

    Check how_ = Check::off;
    PointerStates states_;
    std::atomic<bool> incomplete_{false};  // a pointer could not be noted
    std::atomic<std::uint32_t> told_[kBadPointers]{};
};

}  // namespace morpharena
