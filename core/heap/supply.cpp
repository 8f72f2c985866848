#include "core/heap/supply.h"

#include <algorithm>
#include <atomic>

#include "core/base/align.h"
#include "core/heap/owner_map.h"
#include "core/os/page_source.h"
#include "core/os/process.h"

namespace morpharena {

namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kLargestChunk = std::size_t{32} << 20;

// When a huge page's first touch takes more processor time than this, small pages are cheaper: 512 of them
// cost 0.6 to 1.3 ms. A warm huge page costs 0.2 ms on our machines; but where the kernel must compact memory
// first, or the host of a virtual machine has taken the free memory back (free page reporting), we saw 2 to 5
// ms, and nothing in between; `cc1 -O2` in an arena of 1.5 GB spent 3 s in the kernel instead of 0.8 s. So
// the first touch is timed, and after a dear one the next regions go without. Not by the clock on the wall:
// on a machine with more to run than cores a touch that is interrupted looks dear, and 10^6 objects of 64
// bytes took 1.4 times as long.
constexpr std::uint64_t kDearHugePage = 700'000;  // nanoseconds
constexpr unsigned kFirstPause = 16;              // regions, then twice as many at each dear one
constexpr unsigned kLongestPause = 1024;

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
    // A refusal (ulimit -v, overcommit) is answered by asking for half, down to the one region that is
    // needed.
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
        // In this order, so that a child cloned by another thread right here never finds a stretch that is
        // not free.
        chunk.end = 0;
        std::atomic_signal_fence(std::memory_order_seq_cst);
        chunk.next = reinterpret_cast<std::uintptr_t>(memory);
        std::atomic_signal_fence(std::memory_order_seq_cst);
        chunk.end = chunk.next + bytes;
        chunk.bytes = bytes;
        return true;
    }
    return false;
}

bool Supply::wants_huge(bool earned) {
    if (thp_ != Thp::automatic) return thp_ == Thp::always;
    if (!earned) return false;
    if (without_huge_ == 0) return true;
    --without_huge_;
    return false;
}

// The region's first page would be touched a moment later anyway: the header lies there.
void Supply::touch_huge(std::uintptr_t address) {
    const std::uint64_t before = os::thread_cpu_ns();
    *reinterpret_cast<volatile char*>(address) = 0;
    if (thp_ == Thp::always) return;
    if (os::thread_cpu_ns() - before < kDearHugePage) {
        next_pause_ = kFirstPause;
        return;
    }
    without_huge_ = std::max(next_pause_, kFirstPause);
    next_pause_ = std::min(without_huge_ * 2, kLongestPause);
}

// The next `bytes` of a chunk at a multiple of `bytes`; 0: it has not as much left.
std::uintptr_t Supply::carve(Chunk& chunk, std::size_t bytes) {
    const std::uintptr_t address = align_up(chunk.next, bytes);
    if (chunk.next == 0 || address + bytes > chunk.end) return 0;
    chunk.next = address + bytes;
    return address;
}

Supply::Region Supply::take_region(std::size_t bytes, std::size_t least, bool earned) {
    bool huge = wants_huge(earned);
    bool refused_by_limit = false;
    for (; bytes >= least && bytes >= OwnerMap::kStep; bytes /= 2) {
        if (!within_limit(bytes)) {
            refused_by_limit = true;
            continue;
        }
        Chunk& chunk = huge ? huge_ : ordinary_;
        std::uintptr_t address = carve(chunk, bytes);
        if (address == 0 && refill(chunk, bytes, huge)) address = carve(chunk, bytes);
        if (address == 0) {
            // Before less is asked for: what the other kind of chunk has left, and, as a huge one is of at
            // least 2 MiB, an ordinary one of the region's size.
            Chunk& other = huge ? ordinary_ : huge_;
            address = carve(other, bytes);
            if (address == 0 && huge && refill(other, bytes, false)) address = carve(other, bytes);
            if (address != 0) huge = !huge;
        }
        if (address == 0) continue;
        note_mapped(bytes);
        if (huge) touch_huge(address);
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
    // Automatic leaves large objects to the kernel's own setting: programs ask for large tables and touch a
    // part of them. With huge pages for all of them, `cc1 -O2` in an arena held 1.56 GB instead of 1.08 GB.
    if (thp_ == Thp::never) os::Kernel::avoid_huge(memory, bytes);
    if (thp_ == Thp::always) os::Kernel::prefer_huge(memory, bytes);
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
