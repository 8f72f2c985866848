#include "core/heap/supply.h"

#include <algorithm>

#include "core/base/align.h"
#include "core/heap/owner_map.h"
#include "core/os/page_source.h"

namespace morpharena {

namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kLargestChunk = std::size_t{32} << 20;

}  // namespace

void Supply::configure(const Config& config) {
    limit_ = config.limit.value;
    thp_ = config.thp.value;
}

void Supply::count_into(ProcessCounters& counters) {
    counters_ = &counters;
    note_mapped(0);
}

void Supply::note_mapped(std::size_t bytes) {
    mapped_ += bytes;
    counters_->bytes_mapped.set(mapped_);
    counters_->bytes_mapped_peak.raise_to(mapped_);
}

bool Supply::within_limit(std::size_t bytes) {
    return limit_ == 0 || (bytes <= limit_ && mapped_ <= limit_ - bytes);
}

bool Supply::refill(Chunk& chunk, std::size_t region_bytes, bool huge) {
    const std::size_t alignment = std::max(region_bytes, huge ? kHugePage : OwnerMap::kStep);
    std::size_t bytes = std::max(std::min(chunk.bytes * 2, kLargestChunk), alignment);
    // A refusal (ulimit -v, overcommit) is answered by asking for half, down to the one region that is needed.
    for (; bytes >= region_bytes; bytes /= 2) {
        void* memory = os::Kernel::map(bytes, alignment);
        if (memory == nullptr) {
            counters_->map_refusals.add(1);
            continue;
        }
        if (huge) {
            os::Kernel::prefer_huge(memory, bytes);
        } else {
            os::Kernel::avoid_huge(memory, bytes);
        }
        chunk.next = reinterpret_cast<std::uintptr_t>(memory);
        chunk.end = chunk.next + bytes;
        chunk.bytes = bytes;
        return true;
    }
    return false;
}

Supply::Region Supply::take_region(std::size_t bytes, std::size_t least, bool earned) {
    const bool huge = thp_ == Thp::always || (thp_ == Thp::automatic && earned);
    Chunk& chunk = huge ? huge_ : ordinary_;
    bool refused_by_limit = false;
    for (; bytes >= least && bytes >= OwnerMap::kStep; bytes /= 2) {
        if (!within_limit(bytes)) {
            refused_by_limit = true;
            continue;
        }
        std::uintptr_t address = align_up(chunk.next, bytes);
        if (chunk.next == 0 || address + bytes > chunk.end) {
            if (!refill(chunk, bytes, huge)) continue;
            address = chunk.next;
        }
        chunk.next = address + bytes;
        note_mapped(bytes);
        return {address, bytes, huge};
    }
    if (refused_by_limit) counters_->limit_refusals.add(1);
    return {};
}

void* Supply::map(std::size_t bytes, std::size_t alignment) {
    if (!within_limit(bytes)) {
        counters_->limit_refusals.add(1);
        return nullptr;
    }
    void* memory = os::Kernel::map(bytes, alignment);
    if (memory == nullptr) {
        counters_->map_refusals.add(1);
        return nullptr;
    }
    if (thp_ == Thp::never) os::Kernel::avoid_huge(memory, bytes);
    if (thp_ == Thp::always || (thp_ == Thp::automatic && bytes >= kHugePage)) os::Kernel::prefer_huge(memory, bytes);
    note_mapped(bytes);
    return memory;
}

void Supply::unmap(void* memory, std::size_t bytes) {
    if (os::Kernel::unmap(memory, bytes)) note_mapped(0 - bytes);
}

void* Supply::remap(void* memory, std::size_t old_bytes, std::size_t new_bytes, std::size_t alignment) {
    if (new_bytes > old_bytes && !within_limit(new_bytes - old_bytes)) {
        counters_->limit_refusals.add(1);
        return nullptr;
    }
    void* moved = os::Kernel::remap(memory, old_bytes, new_bytes, alignment);
    if (moved == nullptr) {
        counters_->map_refusals.add(1);
        return nullptr;
    }
    note_mapped(new_bytes - old_bytes);
    return moved;
}

}  // namespace morpharena
