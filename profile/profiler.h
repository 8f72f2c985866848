// The profile of this process: what the hooks of core/observe/profile_hooks.h come to.
//
// Everything is under one lock with signals blocked, so that no handler runs while a table is half changed: a
// handler that forks would take that into the child, one that allocates would find the lock held by itself.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/observe/profile_hooks.h"
#include "core/os/lock.h"
#include "profile/live_objects.h"
#include "profile/profile_file.h"
#include "profile/sampling.h"
#include "profile/sites.h"
#include "profile/walker.h"

namespace morpharena::profile {

class Profiler {
  public:
    constexpr Profiler() = default;

    const std::uint8_t* watched() const { return live_.watched(); }

    const char* begin(const ProfileStart& start);
    std::uint64_t draw();
    void made(const ProfileMoment& moment, std::uintptr_t object, std::size_t size, Registers registers);
    void freed(const ProfileMoment& moment, std::uintptr_t object);
    void moved(std::uintptr_t from, std::uintptr_t to);
    void before_fork() { lock_.lock(); }
    void after_fork_in_parent() { lock_.unlock(); }
    void finish();

  private:
    void advance_clock(const ProfileMoment& moment);
    ProfileSite* site_here(Registers registers);
    void lose(std::uint64_t ProfileHeader::*counter, const Weight& weight);
    void bury(const LiveObject& object, bool same_thread, bool newest);

    os::Lock lock_;
    ProfileFile file_;
    Walker walker_;
    Sites sites_;
    LiveObjects live_;
    Stack stack_{};
    std::uint64_t interval_ = 0;
    std::atomic<std::uint64_t> random_{0};
};

}  // namespace morpharena::profile
