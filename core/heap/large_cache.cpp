#include "core/heap/large_cache.h"

#include <algorithm>

#include "core/os/page_source.h"

namespace morpharena {

void LargeCache::drop(Supply& supply, std::size_t index) {
    supply.counters().bytes_returned.add(entries_[index].bytes);
    supply.unmap(reinterpret_cast<void*>(entries_[index].mapping), entries_[index].bytes);
    bytes_ -= entries_[index].bytes;
    --count_;
    for (std::size_t i = index; i < count_; ++i) entries_[i] = entries_[i + 1];
}

void LargeCache::keep(Supply& supply, OwnerMap& map, LargeHeader* header) {
    map.forget(header->object, 1);
    const Entry entry{header->mapping, header->mapped};
    const std::size_t bound = std::max(kBytesKept, supply.mapped() / 4);
    // One that was cut for a wide alignment can't be moved, and one that alone passes the bound would drive out the rest.
    if (entry.mapping % OwnerMap::kStep != 0 || entry.bytes > bound) {
        supply.counters().bytes_returned.add(entry.bytes);
        supply.unmap(reinterpret_cast<void*>(entry.mapping), entry.bytes);
        return;
    }
    while (count_ == kEntries || (count_ != 0 && bytes_ + entry.bytes > bound)) drop(supply, 0);
    entries_[count_++] = entry;
    bytes_ += entry.bytes;
}

LargeHeader* LargeCache::reuse(Supply& supply, OwnerMap& map, std::size_t size, ThreadHeap* owner) {
    const std::size_t need = large_mapping_bytes(size);
    std::size_t best = kEntries;
    std::size_t best_distance = 0;
    for (std::size_t i = 0; i < count_; ++i) {
        const std::size_t bytes = entries_[i].bytes;
        const std::size_t distance = bytes > need ? bytes - need : need - bytes;
        if (best == kEntries || distance < best_distance) {
            best = i;
            best_distance = distance;
        }
    }
    // Under half the size, growing it would save less than half of the faults.
    if (best == kEntries || entries_[best].bytes < need / 2) return nullptr;
    const Entry entry = entries_[best];
    // An eighth more than is needed is left as it is: to cut it costs a system call now and page faults later.
    const bool fits = entry.bytes >= need && entry.bytes - need <= need / 8;
    void* memory = reinterpret_cast<void*>(entry.mapping);
    if (!fits) memory = supply.remap(memory, entry.bytes, need, OwnerMap::kStep);
    if (memory == nullptr) return nullptr;
    bytes_ -= entry.bytes;
    --count_;
    for (std::size_t i = best; i < count_; ++i) entries_[i] = entries_[i + 1];
    LargeHeader* header = place_large(map, memory, fits ? entry.bytes : need, owner);
    if (header == nullptr) supply.unmap(memory, fits ? entry.bytes : need);
    return header;
}

bool LargeCache::empty(Supply& supply) {
    const bool any = count_ != 0;
    while (count_ != 0) drop(supply, count_ - 1);
    return any;
}

}  // namespace morpharena
