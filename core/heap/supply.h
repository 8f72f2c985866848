// Where blocks, segments and large objects get their memory: the page source, with the process's limit, the
// counting and the huge-page policy in front of it. One for the process; callers hold its lock.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/config/config.h"
#include "core/observe/counters.h"

namespace morpharena {

class Supply {
  public:
    constexpr Supply() = default;

    void configure(const Config& config);
    // Where the counters are; again in a fork child, whose new record starts with what it inherited.
    void count_into(ProcessCounters& counters);

    // Memory of `bytes` (a power of two), aligned to them or, when the limit or the kernel refuses that, of
    // the largest half, quarter ... of it that is at least `least`. `earned`: the asker has used so much that
    // huge pages will pay (MORPHARENA_THP=auto heeds it). Address 0 when nothing can be had.
    struct Region {
        std::uintptr_t address;
        std::size_t bytes;
        bool huge;
    };
    Region take_region(std::size_t bytes, std::size_t least, bool earned);

    // Memory for one large object, at a multiple of `alignment`; nullptr when refused.
    void* map(std::size_t bytes, std::size_t alignment);
    void unmap(void* memory, std::size_t bytes);
    void* remap(void* memory, std::size_t old_bytes, std::size_t new_bytes, std::size_t alignment);

    std::size_t mapped() const { return mapped_; }
    ProcessCounters& counters() { return *counters_; }

  private:
    // Address space that is mapped but not yet given out. Chunks double in size, so that a heap of N bytes
    // costs log N mappings, up to kLargestChunk.
    struct Chunk {
        std::uintptr_t next = 0;
        std::uintptr_t end = 0;
        std::size_t bytes = 0;
    };

    static std::uintptr_t carve(Chunk& chunk, std::size_t bytes);
    bool refill(Chunk& chunk, std::size_t region_bytes, bool huge);
    bool wants_huge(bool earned);
    void touch_huge(std::uintptr_t address);
    bool within_limit(std::size_t bytes);
    void note_mapped(std::size_t bytes);

    ProcessCounters* counters_ = nullptr;
    std::size_t limit_ = 0;
    Thp thp_ = Thp::automatic;
    std::size_t mapped_ = 0;
    // Automatic huge pages: how many regions go without before they are tried again, and how many that will
    // be the next time.
    unsigned without_huge_ = 0;
    unsigned next_pause_ = 0;
    Chunk ordinary_;
    Chunk huge_;
};

}  // namespace morpharena
