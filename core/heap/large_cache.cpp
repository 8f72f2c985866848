#include "core/heap/large_cache.h"

#include <algorithm>

#include "core/base/align.h"
#include "core/heap/tuning.h"

namespace morpharena {

void LargeCache::forget(std::size_t index) {
    bytes_ -= entries_[index].bytes;
    --count_;
    for (std::size_t i = index; i < count_; ++i) entries_[i] = entries_[i + 1];
}

void LargeCache::drop(Supply& supply, OwnerMap& map, std::size_t index) {
    const Entry entry = entries_[index];
    forget(index);
    map.forget(entry.mapping, std::max(align_down(entry.bytes, OwnerMap::kStep), OwnerMap::kStep));
    supply.counters().bytes_returned.add(entry.bytes);
    supply.unmap(reinterpret_cast<void*>(entry.mapping), entry.bytes);
}

// Ranges that lie side by side become one. Whether the kernel has one mapping there does not matter: munmap
// takes any range, and where mremap refuses, a fresh mapping is made.
void LargeCache::join_neighbours(Entry& entry) {
    for (std::size_t i = count_; i-- > 0;) {
        const Entry other = entries_[i];
        const bool before = other.mapping + other.bytes == entry.mapping;
        const bool behind = entry.mapping + entry.bytes == other.mapping;
        if (!before && !behind) continue;
        forget(i);
        entry = {before ? other.mapping : entry.mapping, entry.bytes + other.bytes};
    }
}

void LargeCache::keep(Supply& supply, OwnerMap& map, LargeHeader* header) {
    const NotedRange noted = noted_range(*header);
    Entry entry{header->mapping, header->mapped};
    in_use_peak_ = std::max(in_use_peak_, supply.mapped() - bytes_);
    // Memory that is kept does not raise the peak of a program that goes on with large objects; for one that
    // goes on with small ones it gives way.
    const std::size_t bound = std::max(kLargeBytesKept, in_use_peak_);
    // One that was cut for a wide alignment can't be moved, and one that alone passes the bound would drive
    // out the rest.
    if (entry.mapping % OwnerMap::kStep != 0 || entry.bytes > bound) {
        map.forget(noted.start, noted.bytes);
        supply.counters().bytes_returned.add(entry.bytes);
        supply.unmap(reinterpret_cast<void*>(entry.mapping), entry.bytes);
        return;
    }
    map.note(noted.start, noted.bytes, &no_object().descriptor);
    join_neighbours(entry);
    while (count_ == kEntries || (count_ != 0 && bytes_ + entry.bytes > bound)) drop(supply, map, 0);
    entries_[count_++] = entry;
    bytes_ += entry.bytes;
}

// The smallest that is large enough, or else the largest of all.
std::size_t LargeCache::nearest(std::size_t need) const {
    std::size_t best = 0;
    for (std::size_t i = 1; i < count_; ++i) {
        const bool fits = entries_[i].bytes >= need;
        const bool best_fits = entries_[best].bytes >= need;
        const bool smaller = entries_[i].bytes < entries_[best].bytes;
        if (fits ? !best_fits || smaller : !best_fits && !smaller) best = i;
    }
    return best;
}

LargeHeader* LargeCache::reuse(Supply& supply, OwnerMap& map, std::size_t size, ThreadHeap* owner) {
    const std::size_t need = large_mapping_bytes(size);
    if (count_ == 0 || need == 0) return nullptr;
    const std::size_t best = nearest(need);
    Entry entry = entries_[best];
    // Under half the size, growing it would save less than half of the faults.
    if (entry.bytes < need / 2) return nullptr;
    void* memory = reinterpret_cast<void*>(entry.mapping);
    const std::size_t cut = align_up(need, OwnerMap::kStep);
    if (entry.bytes < need) {
        map.forget(entry.mapping, std::max(align_down(entry.bytes, OwnerMap::kStep), OwnerMap::kStep));
        memory = supply.remap(memory, entry.bytes, need, OwnerMap::kStep);
        forget(best);
        if (memory == nullptr) {
            // It can't grow where it is nor elsewhere; whoever needs memory now had better have it.
            supply.counters().bytes_returned.add(entry.bytes);
            supply.unmap(reinterpret_cast<void*>(entry.mapping), entry.bytes);
            return nullptr;
        }
        entry.bytes = need;
    } else if (entry.bytes >= cut + kLeastRest) {
        // The rest stays, and stays warm; a part of a mapping is as good as a mapping.
        entries_[best] = {entry.mapping + cut, entry.bytes - cut};
        bytes_ -= cut;
        entry.bytes = cut;
    } else {
        forget(best);
    }
    LargeHeader* header = place_large(map, memory, entry.bytes, owner);
    if (header == nullptr) supply.unmap(memory, entry.bytes);
    return header;
}

void LargeCache::give_way(Supply& supply, OwnerMap& map, std::size_t bytes) {
    const std::size_t target = bytes_ > bytes ? bytes_ - bytes : 0;
    while (bytes_ > target) drop(supply, map, 0);
}

bool LargeCache::empty(Supply& supply, OwnerMap& map) {
    const bool any = count_ != 0;
    while (count_ != 0) drop(supply, map, count_ - 1);
    return any;
}

}  // namespace morpharena
