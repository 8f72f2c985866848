// Which of our parts owns an address: a table of one byte for each 64 KiB of address space, in two levels, so that
// only the pages that speak of memory in use exist. Everything that we map begins on such a 64 KiB step.
//
// Lookups take no lock: an entry is written before the first pointer into its memory is handed out, and whoever frees a
// pointer got it from somebody who saw that.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace morpharena {

enum class Owner : std::uint8_t {
    nobody = 0,         // not ours
    block = 1,          // an arena block; its size is in the entry
    large = 2,          // a mapping of one object, which starts in this first step, behind its header
    large_aligned = 3,  // the same, but the object starts exactly at the step and its header lies before it
};

class OwnerMap {
  public:
    static constexpr unsigned kStepBits = 16;
    static constexpr std::size_t kStep = std::size_t{1} << kStepBits;

    struct Entry {
        std::uint8_t raw;
        Owner owner() const { return static_cast<Owner>(raw & 7); }
        // Bytes of the aligned region that the address lies in; blocks only.
        std::size_t region_bytes() const { return kStep << (raw >> 3); }
    };

    constexpr OwnerMap() = default;

    Entry find(std::uintptr_t address) const {
        const std::uintptr_t index = address >> kLeafSpanBits;
        if (index >= kRootEntries) [[unlikely]] return {0};
        const Leaf* leaf = root_[index].load(std::memory_order_acquire);
        if (leaf == nullptr) [[unlikely]] return {0};
        return {leaf->entries[(address >> kStepBits) % kLeafEntries].load(std::memory_order_relaxed)};
    }

    // Notes the owner of `bytes` (a power of two of at least kStep, aligned to itself) for a block, or of the one step at
    // `address` for the others. False when there is no memory for the table. Callers hold the process's lock.
    bool note_block(std::uintptr_t address, std::size_t bytes);
    bool note_step(std::uintptr_t address, Owner owner);
    void forget_step(std::uintptr_t address) { note_step(address, Owner::nobody); }

  private:
    static constexpr unsigned kAddressBits = 47;  // user addresses of x86-64 without a hint for more
    static constexpr unsigned kLeafSpanBits = 35;
    static constexpr std::size_t kRootEntries = std::size_t{1} << (kAddressBits - kLeafSpanBits);
    static constexpr std::size_t kLeafEntries = std::size_t{1} << (kLeafSpanBits - kStepBits);

    struct Leaf {
        std::atomic<std::uint8_t> entries[kLeafEntries];
    };

    Leaf* leaf_for(std::uintptr_t address);

    std::atomic<Leaf*> root_[kRootEntries]{};  // 32 KiB of .bss, one page of it touched
};

}  // namespace morpharena
