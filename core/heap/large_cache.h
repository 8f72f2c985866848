// Mappings of freed large objects, kept a while for the next ones: the kernel's price for a fresh mapping is a page fault
// and the zeroing of each page, some hundred times what the call itself costs. Callers hold the process's lock.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/heap/large.h"

namespace morpharena {

class LargeCache {
  public:
    constexpr LargeCache() = default;

    // Takes a freed object's mapping in. What passes the bound leaves, the oldest first.
    void keep(Supply& supply, OwnerMap& map, LargeHeader* header);
    // A mapping for an object of `size` bytes at ordinary alignment, trimmed or grown to it: its pages are warm but for the
    // difference. nullptr when none is near enough. Its contents are not zero.
    LargeHeader* reuse(Supply& supply, OwnerMap& map, std::size_t size, ThreadHeap* owner);
    // Gives everything back; true if there was anything.
    bool empty(Supply& supply);

  private:
    static constexpr std::size_t kEntries = 32;
    // A bound on what lies idle; and no less than a quarter of what the process holds, so that a program that works with
    // large objects can have its working set in flux.
    static constexpr std::size_t kBytesKept = std::size_t{32} << 20;

    void drop(Supply& supply, std::size_t index);

    struct Entry {
        std::uintptr_t mapping;
        std::size_t bytes;
    };
    Entry entries_[kEntries]{};  // the oldest first
    std::size_t count_ = 0;
    std::size_t bytes_ = 0;
};

}  // namespace morpharena
