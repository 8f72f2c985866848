#include "profile/live_objects.h"

namespace morpharena::profile {

namespace {

constexpr std::size_t kFirstSlots = 1024;
constexpr std::uint8_t kStuck = UINT8_MAX;

}  // namespace

void LiveObjects::forget() {
    table_.drop();
    distrust();
}

void LiveObjects::distrust() {
    table_ = {};
    used_ = 0;
    watched_ = {};
}

std::size_t LiveObjects::home(std::uintptr_t address) const {
    return (address * 0x9e3779b97f4a7c15u) >> 20 & (table_.size() - 1);
}

std::size_t LiveObjects::find(std::uintptr_t address) const {
    std::size_t slot = home(address);
    while (table_[slot].address != 0 && table_[slot].address != address)
        slot = (slot + 1) & (table_.size() - 1);
    return slot;
}

void LiveObjects::insert(const LiveObject& object) {
    std::size_t slot = home(object.address);
    while (table_[slot].address != 0) slot = (slot + 1) & (table_.size() - 1);
    table_[slot] = object;
}

bool LiveObjects::make_room() {
    if (table_.size() != 0 && used_ < table_.size() / 2) return true;
    Pages<LiveObject> before;
    before.swap(table_);
    if (!table_.make(before.size() == 0 ? kFirstSlots : 2 * before.size())) {
        table_.swap(before);
        return used_ + 1 < table_.size();
    }
    for (std::size_t i = 0; i < before.size(); ++i) {
        if (before[i].address != 0) insert(before[i]);
    }
    before.drop();
    return true;
}

bool LiveObjects::add(const LiveObject& object) {
    if (!make_room()) return false;
    insert(object);
    ++used_;
    std::uint8_t& count = watched_[watch_slot(object.address)];
    if (count != kStuck) ++count;
    return true;
}

bool LiveObjects::take(std::uintptr_t address, LiveObject& object) {
    if (table_.size() == 0) return false;
    std::size_t hole = find(address);
    if (table_[hole].address == 0) return false;
    object = table_[hole];
    --used_;
    std::uint8_t& count = watched_[watch_slot(address)];
    if (count != kStuck) --count;
    // What follows without a gap moves up where it may, so that a search never ends before it.
    const std::size_t mask = table_.size() - 1;
    for (std::size_t slot = (hole + 1) & mask; table_[slot].address != 0; slot = (slot + 1) & mask) {
        const std::size_t wanted = home(table_[slot].address);
        if (((slot - wanted) & mask) < ((slot - hole) & mask)) continue;
        table_[hole] = table_[slot];
        hole = slot;
    }
    table_[hole].address = 0;
    return true;
}

}  // namespace morpharena::profile
