// Which of our parts owns an address: one entry for each 64 KiB step of address space, in two levels, so that only the
// pages that speak of memory in use exist (0.012 % of it). Everything that we map begins on such a step. An entry is
// the address of what describes the memory there, with its kind in the low bits: one look-up finds the owner.
//
// Lookups take no lock: an entry is written before the first pointer into its memory is handed out, and whoever frees a
// pointer got it from somebody who saw that.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace morpharena {

enum class Owner : std::uint8_t {
    nobody = 0,  // not ours
    block = 1,   // an arena block; the entry holds its BlockHeader
    large = 2,   // the step in which an object with a mapping of its own begins; the entry holds its LargeHeader
    slab = 3,    // part of a slab or of a span; the entry holds its Slab
};

class OwnerMap {
  public:
    static constexpr unsigned kStepBits = 16;
    static constexpr std::size_t kStep = std::size_t{1} << kStepBits;

    struct Entry {
        std::uintptr_t raw;
        Owner owner() const { return static_cast<Owner>(raw & kKinds); }
        std::uintptr_t descriptor() const { return raw & ~kKinds; }
    };

    constexpr OwnerMap() = default;

    Entry find(std::uintptr_t address) const {
        const std::uintptr_t index = address >> kLeafSpanBits;
        if (index >= kRootEntries) [[unlikely]] return {0};
        const Leaf* leaf = root_[index].load(std::memory_order_acquire);
        if (leaf == nullptr) [[unlikely]] return {0};
        return {leaf->entries[(address >> kStepBits) % kLeafEntries].load(std::memory_order_relaxed)};
    }

    // Notes who owns the steps of [address, address + bytes); both multiples of kStep but for a large object's, of which
    // only the first step is noted. `descriptor` is a multiple of 8. False when there is no memory for the table.
    // Callers hold the process's lock.
    bool note(std::uintptr_t address, std::size_t bytes, Owner owner, const void* descriptor);
    void forget(std::uintptr_t address, std::size_t bytes);

  private:
    static constexpr std::uintptr_t kKinds = 7;
    static constexpr unsigned kAddressBits = 47;  // user addresses of x86-64 without a hint for more
    static constexpr unsigned kLeafSpanBits = 35;
    static constexpr std::size_t kRootEntries = std::size_t{1} << (kAddressBits - kLeafSpanBits);
    static constexpr std::size_t kLeafEntries = std::size_t{1} << (kLeafSpanBits - kStepBits);

    struct Leaf {
        std::atomic<std::uintptr_t> entries[kLeafEntries];
    };

    Leaf* leaf_for(std::uintptr_t address);

    std::atomic<Leaf*> root_[kRootEntries]{};  // 32 KiB of .bss, one page of it touched
};

}  // namespace morpharena
