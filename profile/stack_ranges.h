// Which stretch of memory a stack lies in. Unwinding reads along the stack and nowhere else, so a frame that
// the tables get wrong ends the walk and not the program.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace morpharena::profile {

struct StackRange {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;

    // 8 bytes from `address` on.
    bool holds(std::uintptr_t address) const {
        return address >= begin && address < end && end - address >= 8;
    }
};

// The mapping around a stack pointer, from /proc/self/maps and remembered for the threads that come by often.
class StackRanges {
  public:
    constexpr StackRanges() = default;

    // An empty range when it can't be told.
    StackRange find(std::uintptr_t stack_pointer);
    void forget() { known_ = {}; }

  private:
    static constexpr std::size_t kKnown = 16;
    std::array<StackRange, kKnown> known_{};
    std::size_t next_ = 0;
};

}  // namespace morpharena::profile
