// Stacks, each once, and what is counted for it in the file.
#pragma once

#include <cstddef>
#include <cstdint>

#include "profile/pages.h"
#include "profile/profile_file.h"
#include "profile/sampling.h"
#include "profile/walker.h"

namespace morpharena::profile {

class Sites {
  public:
    constexpr Sites() = default;

    void forget() { used_ = 0, table_.drop(); }
    // For a process that can't trust what it inherited: not unmapped.
    void distrust() { used_ = 0, table_ = {}; }

    // The stack's site in the file, made if need be; nullptr when there is no more room.
    ProfileSite* intern(const Stack& stack, ProfileFile& file);

  private:
    struct Slot {
        std::uint64_t hash;
        ProfileSite* site;  // nullptr: empty
    };
    bool make_room();
    Slot& slot_of(const Stack& stack);

    Pages<Slot> table_;  // a power of two in number, at most half of them used
    std::size_t used_ = 0;
};

// One event at a site, in the site and in the sums of the header.
void count_made(ProfileHeader& header, ProfileSite& site, const Weight& weight);
struct Death {
    std::uint64_t lifetime;  // bytes
    bool same_thread;
    bool newest;
};
void count_freed(ProfileHeader& header, ProfileSite& site, const Weight& weight, const Death& death);

}  // namespace morpharena::profile
