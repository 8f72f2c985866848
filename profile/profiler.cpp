#include "profile/profiler.h"

#include <string.h>

#include <new>

#include "core/os/file.h"
#include "core/os/process.h"
#include "profile/rule_finder.h"

namespace morpharena::profile {

const char* Profiler::begin(const ProfileStart& start) {
    if (start.forked) {
        new (&lock_) os::Lock;
        file_.leave();
        if (start.prepared) {
            sites_.forget();
            live_.forget();
        } else {
            walker_.distrust();
            sites_.distrust();
            live_.distrust();
        }
        walker_.modules().begin_file();
    } else {
        walker_.modules().set_allocator(start.inside_allocator, this);
    }
    interval_ = start.interval;
    random_.store(os::realtime_ns() ^ static_cast<std::uint64_t>(start.pid) << 32, std::memory_order_relaxed);
    const int refused = file_.create(start.path);
    if (refused != 0) return os::error_name(refused).data();
    ProfileHeader& header = file_.header();
    header.version = kProfileVersion;
    header.header_bytes = kProfileHeaderBytes;
    header.interval = start.interval;
    strncpy(header.unwinder.data(), unwinder_name(), header.unwinder.size() - 1);
    header.pid = start.pid;
    header.serial = start.serial;
    header.start_ticks = start.start_ticks;
    header.forked = start.forked ? 1 : 0;
    header.state = ProfileState::running;
    header.peak_epoch = 1;
    header.clock = start.bytes_before;
    header.objects_before = start.objects_before;
    header.bytes_before = start.bytes_before;
    // Last: a reader that finds the name finds the rest.
    std::atomic_thread_fence(std::memory_order_release);
    header.magic = kProfileMagic;
    return nullptr;
}

std::uint64_t Profiler::draw() {
    if (!file_.open()) return ProfileThread::kNever;
    const PlainFloatingPoint plain;
    return distance(interval_, random_bits(random_.fetch_add(kRandomStep, std::memory_order_relaxed)));
}

// The thread's own bytes are in the process's clock from now on.
void Profiler::advance_clock(const ProfileMoment& moment) {
    file_.header().clock += moment.asked - moment.thread.clock_seen;
    moment.thread.clock_seen = moment.asked;
}

void Profiler::lose(std::uint64_t ProfileHeader::*counter, const Weight& weight) {
    ProfileHeader& header = file_.header();
    header.*counter += 1;
    header.lost_objects += weight.objects;
    header.lost_bytes += weight.bytes;
}

ProfileSite* Profiler::site_here(Registers registers) {
    walker_.walk(registers, file_, stack_);
    ProfileSite* site = sites_.intern(stack_, file_);
    if (site == nullptr) return nullptr;
    if ((stack_.flags & kSiteNotUnwound) != 0) file_.header().samples_not_unwound += 1;
    if ((stack_.flags & kSiteCut) != 0) file_.header().samples_cut += 1;
    return site;
}

void Profiler::bury(const LiveObject& object, bool same_thread, bool newest) {
    ProfileHeader& header = file_.header();
    count_freed(header, *object.site, weight_of(object.size, interval_),
                {header.clock - object.clock, same_thread, newest});
}

void Profiler::made(const ProfileMoment& moment, std::uintptr_t object, std::size_t size,
                    Registers registers) {
    moment.thread.until_sample = draw();
    if (!file_.open()) return;
    const PlainFloatingPoint plain;
    const Weight weight = weight_of(size, interval_);
    if (lock_.held_by_me()) {
        lose(&ProfileHeader::samples_lost_busy, weight);
        return;
    }
    const os::LockedSection section(lock_);
    advance_clock(moment);
    LiveObject freed_unseen;
    if (live_.take(object, freed_unseen)) {
        file_.header().frees_lost += 1;
        bury(freed_unseen, false, false);
    }
    ProfileSite* site = site_here(registers);
    const LiveObject born = {object, site, size, file_.header().clock, moment.asked, moment.thread_id};
    if (site == nullptr || !live_.add(born)) {
        lose(&ProfileHeader::samples_lost_full, weight);
        return;
    }
    count_made(file_.header(), *site, weight);
}

void Profiler::freed(const ProfileMoment& moment, std::uintptr_t object) {
    if (!file_.open() || lock_.held_by_me()) return;
    const os::LockedSection section(lock_);
    LiveObject entry;
    if (!live_.take(object, entry)) return;
    const PlainFloatingPoint plain;
    advance_clock(moment);
    const bool same_thread = entry.thread_id == moment.thread_id;
    bury(entry, same_thread, same_thread && entry.asked == moment.asked);
}

void Profiler::moved(std::uintptr_t from, std::uintptr_t to) {
    if (!file_.open() || lock_.held_by_me()) return;
    const os::LockedSection section(lock_);
    LiveObject entry;
    if (!live_.take(from, entry)) return;
    entry.address = to;
    live_.add(entry);  // where one was just taken out there is room
}

void Profiler::finish() {
    if (file_.open()) file_.header().state = ProfileState::exited;
}

}  // namespace morpharena::profile
