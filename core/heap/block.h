// An arena block: header, object bitmap, objects. Objects have no headers. The bitmap has one bit for each
// granule of the block, set where an object begins and at the place where the next one will: so an object's
// size is the distance to the next set bit, for the newest one too, and an object costs one bit-set when it
// is made.
//
//   block (aligned to its size)
//   | BlockHeader | bitmap: size / 128 bytes | object | object | ... cursor ->           | end |
//
// Only the thread that owns the block writes its bitmap; others read words of it, relaxed.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "core/base/align.h"
#include "core/base/counter.h"
#include "core/heap/owner_map.h"

namespace morpharena {

struct BlockHeader {
    Descriptor descriptor;  // frees_to is the owner where frees are counted, nobody where they change nothing
    std::atomic<ThreadHeap*> owner;
    std::size_t bytes;       // of the block, a power of two; it is aligned to them
    std::uintptr_t objects;  // where the first object begins
    std::uintptr_t end;  // where the objects must end; the last granule is kept for the mark at the cursor
    // Where frees are counted: objects in the block less those whose free the owner knows of. How many there
    // are is added when the block is left, so until then it stands below zero, and zero means that the last
    // one has gone. Without a locked instruction: other threads' frees arrive by `remote`, as a slab's do.
    Countdown live;
    std::uint32_t gaps;  // marks in front of aligned objects, which nobody frees
    alignas(64) RemoteFrees remote;
    BlockHeader* next_empty;
    // The list of all blocks in use (reset.h); `retired`: no heap's present block. By who holds the lock.
    BlockHeader* older;
    BlockHeader* newer;
    bool retired;
};
static_assert(offsetof(BlockHeader, remote) == 64);

// Addresses of bitmap words are biased so that an object's address finds its word without the block's:
// word = bias + address / 1024 * 8. The bias depends on the block only and is kept beside the cursor.
class Marks {
  public:
    Marks() = default;
    explicit Marks(std::uintptr_t block)
        : bias_(block + sizeof(BlockHeader) - (block >> kWordSpanBits) * 8) {}

    // Owner only.
    void set(std::uintptr_t address) const { store(address, word(address) | bit(address)); }
    void clear(std::uintptr_t address) const { store(address, word(address) & ~bit(address)); }

    bool test(std::uintptr_t address) const { return (word(address) & bit(address)) != 0; }

    // The marks at and behind `address` in its word, that of `address` itself lowest.
    std::uint64_t from(std::uintptr_t address) const { return word(address) >> index(address); }

    // The first mark in (address, last], or 0.
    std::uintptr_t next(std::uintptr_t address, std::uintptr_t last) const {
        std::uintptr_t at = address + kGranule;
        std::uint64_t rest = word(at) & (~std::uint64_t{0} << index(at));
        for (at = align_down(at, kWordSpan); rest == 0; rest = word(at)) {
            at += kWordSpan;
            if (at > last) return 0;
        }
        return at + static_cast<std::uintptr_t>(std::countr_zero(rest)) * kGranule;
    }

    // Takes all marks in [low, high) away; owner only, as `set`.
    void clear(std::uintptr_t low, std::uintptr_t high) const {
        for (std::uintptr_t at = align_down(low, kWordSpan); at < high; at += kWordSpan) {
            std::uint64_t gone = ~std::uint64_t{0};
            if (at < low) gone &= ~std::uint64_t{0} << index(low);
            if (high - at < kWordSpan) gone &= ~(~std::uint64_t{0} << index(high));
            store(at, word(at) & ~gone);
        }
    }

    // How many marks there are in [low, high).
    std::size_t count(std::uintptr_t low, std::uintptr_t high) const {
        std::size_t marks = 0;
        for (std::uintptr_t at = align_down(low, kWordSpan); at < high; at += kWordSpan) {
            std::uint64_t found = word(at);
            if (at < low) found &= ~std::uint64_t{0} << index(low);
            if (high - at < kWordSpan) found &= ~(~std::uint64_t{0} << index(high));
            marks += static_cast<std::size_t>(std::popcount(found));
        }
        return marks;
    }

    // The last mark in [low, high); there must be one.
    std::uintptr_t last(std::uintptr_t low, std::uintptr_t high) const {
        for (std::uintptr_t at = align_down(high - 1, kWordSpan);; at -= kWordSpan) {
            const std::uint64_t found = word(at);
            if (found != 0) return at + static_cast<std::uintptr_t>(std::bit_width(found) - 1) * kGranule;
            if (at <= low) return low;
        }
    }

  private:
    static constexpr unsigned kWordSpanBits = 10;
    static constexpr std::uintptr_t kWordSpan = std::uintptr_t{1}
                                                << kWordSpanBits;  // bytes that one word speaks of

    static unsigned index(std::uintptr_t address) { return static_cast<unsigned>(address / kGranule % 64); }
    static std::uint64_t bit(std::uintptr_t address) { return std::uint64_t{1} << index(address); }
    std::uint64_t* place(std::uintptr_t address) const {
        return reinterpret_cast<std::uint64_t*>(bias_ + (address >> kWordSpanBits) * 8);
    }
    std::uint64_t word(std::uintptr_t address) const {
        return __atomic_load_n(place(address), __ATOMIC_RELAXED);
    }
    void store(std::uintptr_t address, std::uint64_t value) const {
        __atomic_store_n(place(address), value, __ATOMIC_RELAXED);
    }

    std::uintptr_t bias_ = 0;
};

inline BlockHeader* block_header(std::uintptr_t block) {
    return reinterpret_cast<BlockHeader*>(block);
}

// Where objects begin in a block of `bytes`.
constexpr std::size_t block_prologue(std::size_t bytes) {
    return sizeof(BlockHeader) + bytes / (8 * kGranule);
}

}  // namespace morpharena
