// Stacks as frames of profile_format.h: the rules of every place that has come by, and the walk along them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/observe/profile_format.h"
#include "profile/modules.h"
#include "profile/pages.h"
#include "profile/profile_file.h"
#include "profile/stack_ranges.h"
#include "profile/unwind_rule.h"

namespace morpharena::profile {

struct Stack {
    std::array<ProfileFrame, kMostFrames> frames;
    std::size_t count;
    std::uint32_t flags;  // kSiteNotUnwound, kSiteCut
    std::uint64_t hash;

    std::span<const ProfileFrame> view() const { return {frames.data(), count}; }
};

class Walker {
  public:
    constexpr Walker() = default;

    Modules& modules() { return modules_; }
    // In a process that was forked at a moment nobody was told of: whatever another thread was at may be half
    // done. If it was in libunwind, whose locks then stay held, no rule is ever asked for again.
    void distrust();

    // From `registers` outwards. Modules are noted in `file` as they come by.
    void walk(Registers registers, ProfileFile& file, Stack& stack);

  private:
    const UnwindRule& rule_at(std::uintptr_t place);
    UnwindRule ask(std::uintptr_t place);
    bool make_room();
    std::size_t slot_of(std::uintptr_t place) const;

    Modules modules_;
    StackRanges stacks_;
    Pages<UnwindRule> rules_;  // by place; a power of two in number, at most half of them used
    std::size_t used_ = 0;
    UnwindRule spare_;  // where there is no memory for the table
    volatile bool asking_ = false;
    bool never_ask_ = false;
};

}  // namespace morpharena::profile
