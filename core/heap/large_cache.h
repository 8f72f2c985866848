// Memory of freed large objects, kept a while for the next ones: the kernel's price for a fresh mapping is a
// page fault and the zeroing of each page, some hundred times what the call itself costs. Callers hold the
// process's lock.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/heap/large.h"

namespace morpharena {

class LargeCache {
  public:
    constexpr LargeCache() = default;

    // Takes a freed object's memory in. What passes the bound leaves, the oldest first.
    void keep(Supply& supply, OwnerMap& map, LargeHeader* header);
    // A mapping for an object of `size` bytes at ordinary alignment, cut from a larger one or grown from a
    // smaller one: its pages are warm but for the difference. nullptr when none is near enough. Its contents
    // are not zero.
    LargeHeader* reuse(Supply& supply, OwnerMap& map, std::size_t size, ThreadHeap* owner);
    // Gives the oldest `bytes` or more back, since memory is about to be used for something else.
    void give_way(Supply& supply, OwnerMap& map, std::size_t bytes);
    std::size_t bytes() const { return bytes_; }
    // Gives everything back; true if there was anything.
    bool empty(Supply& supply, OwnerMap& map);

  private:
    static constexpr std::size_t kEntries = 32;
    // What is left of a range when an object is cut from it is worth an entry from here on.
    static constexpr std::size_t kLeastRest = std::size_t{512} << 10;

    struct Entry {
        std::uintptr_t mapping;  // a multiple of OwnerMap::kStep
        std::size_t bytes;
    };

    std::size_t nearest(std::size_t need) const;
    void join_neighbours(Entry& entry);
    void forget(std::size_t index);
    void drop(Supply& supply, OwnerMap& map, std::size_t index);

    Entry entries_[kEntries]{};  // the oldest first
    std::size_t count_ = 0;
    std::size_t bytes_ = 0;
    std::size_t in_use_peak_ = 0;  // of the process's memory, the cache left out
};

}  // namespace morpharena
