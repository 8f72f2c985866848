#include "profile/sites.h"

#include <string.h>

namespace morpharena::profile {

namespace {

constexpr std::size_t kFirstSlots = 1024;

const ProfileFrame* frames_of(const ProfileSite& site) {
    return reinterpret_cast<const ProfileFrame*>(&site + 1);
}

bool same(const ProfileSite& site, const Stack& stack) {
    return site.frame_count == stack.count && site.flags == stack.flags &&
           memcmp(frames_of(site), stack.frames.data(), stack.count * sizeof(ProfileFrame)) == 0;
}

// Before a site changes for the first time since the peak: what it had then. While the process is at its
// peak, which goes up with every object made, there is nothing to keep; see count_made. (Objects of 0 bytes
// change nothing, and are not asked.)
void keep_peak(const ProfileHeader& header, ProfileSite& site) {
    if (site.peak_epoch == header.peak_epoch) return;
    site.peak_epoch = header.peak_epoch;
    site.peak_bytes = site.live_bytes;
    site.peak_variance = site.live_variance;
}

}  // namespace

Sites::Slot& Sites::slot_of(const Stack& stack) {
    const std::size_t mask = table_.size() - 1;
    for (std::size_t slot = stack.hash >> 8 & mask;; slot = (slot + 1) & mask) {
        Slot& here = table_[slot];
        if (here.site == nullptr || (here.hash == stack.hash && same(*here.site, stack))) return here;
    }
}

bool Sites::make_room() {
    if (table_.size() != 0 && used_ < table_.size() / 2) return true;
    Pages<Slot> larger;
    if (!larger.make(table_.size() == 0 ? kFirstSlots : 2 * table_.size())) return used_ + 1 < table_.size();
    const std::size_t mask = larger.size() - 1;
    for (std::size_t i = 0; i < table_.size(); ++i) {
        if (table_[i].site == nullptr) continue;
        std::size_t slot = table_[i].hash >> 8 & mask;
        while (larger[slot].site != nullptr) slot = (slot + 1) & mask;
        larger[slot] = table_[i];
    }
    table_.swap(larger);
    larger.drop();
    return true;
}

ProfileSite* Sites::intern(const Stack& stack, ProfileFile& file) {
    if (!make_room()) return nullptr;
    Slot& slot = slot_of(stack);
    if (slot.site != nullptr) return slot.site;
    auto* site =
        static_cast<ProfileSite*>(file.take(sizeof(ProfileSite) + stack.count * sizeof(ProfileFrame)));
    if (site == nullptr) return nullptr;
    site->entry.kind = ProfileKind::site;
    site->frame_count = static_cast<std::uint32_t>(stack.count);
    site->flags = stack.flags;
    memcpy(site + 1, stack.frames.data(), stack.count * sizeof(ProfileFrame));
    slot = {stack.hash, site};
    ++used_;
    file.header().sites += 1;
    file.publish();
    return site;
}

// The peak lasts from the object that is made above all before it until the next free: an epoch begins at the
// former, and sites keep their share (keep_peak) from the latter on.
void count_made(ProfileHeader& header, ProfileSite& site, const Weight& weight) {
    const bool rises = header.live_bytes + weight.bytes > header.peak_bytes;
    if (rises && header.peak_left != 0) {
        header.peak_epoch += 1;
        header.peak_left = 0;
    } else if (!rises && weight.bytes > 0) {
        keep_peak(header, site);
    }
    site.samples += 1;
    site.objects += weight.objects;
    site.objects_variance += weight.objects_variance;
    site.bytes += weight.bytes;
    site.bytes_variance += weight.bytes_variance;
    site.live_samples += 1;
    site.live_objects += weight.objects;
    site.live_bytes += weight.bytes;
    site.live_variance += weight.bytes_variance;
    header.samples += 1;
    header.objects += weight.objects;
    header.objects_variance += weight.objects_variance;
    header.bytes += weight.bytes;
    header.bytes_variance += weight.bytes_variance;
    header.live_bytes += weight.bytes;
    header.live_variance += weight.bytes_variance;
    if (rises) {
        header.peak_bytes = header.live_bytes;
        header.peak_clock = header.clock;
    }
}

void count_freed(ProfileHeader& header, ProfileSite& site, const Weight& weight, const Death& death) {
    if (weight.bytes > 0) {
        keep_peak(header, site);
        header.peak_left = 1;
    }
    site.live_samples -= 1;
    const bool last = site.live_samples == 0;
    site.live_objects = last ? 0 : site.live_objects - weight.objects;
    site.live_bytes = last ? 0 : site.live_bytes - weight.bytes;
    site.live_variance = last ? 0 : site.live_variance - weight.bytes_variance;
    header.live_bytes -= weight.bytes;
    header.live_variance -= weight.bytes_variance;
    (death.same_thread ? site.freed_same_thread : site.freed_other_thread) += weight.bytes;
    if (death.newest) site.died_newest += weight.bytes;
    site.lifetimes[lifetime_class(death.lifetime)] += weight.bytes;
}

}  // namespace morpharena::profile
