// The sampled objects that are not freed yet, by address.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/observe/profile_format.h"
#include "core/observe/profile_hooks.h"
#include "profile/pages.h"

namespace morpharena::profile {

struct LiveObject {
    std::uintptr_t address;  // 0: an empty slot
    ProfileSite* site;
    std::uint64_t size;   // bytes
    std::uint64_t clock;  // of the process, at birth
    std::uint64_t asked;  // by the thread that made it, up to and with it
    std::int32_t thread_id;
};

class LiveObjects {
  public:
    constexpr LiveObjects() = default;

    // What the heap looks at before it calls (profile_hooks.h).
    const std::uint8_t* watched() const { return watched_.data(); }
    void forget();
    // For a process that can't trust what it inherited: not unmapped.
    void distrust();

    // False: no memory.
    bool add(const LiveObject& object);
    // Takes the object at that address out; false when there is none.
    bool take(std::uintptr_t address, LiveObject& object);

  private:
    bool make_room();
    void insert(const LiveObject& object);
    std::size_t home(std::uintptr_t address) const;
    std::size_t find(std::uintptr_t address) const;  // its slot, or an empty one

    Pages<LiveObject> table_;  // a power of two in number, at most half of them used
    std::size_t used_ = 0;
    std::array<std::uint8_t, kWatchSlots> watched_{};
};

}  // namespace morpharena::profile
