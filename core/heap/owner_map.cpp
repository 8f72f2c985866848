#include "core/heap/owner_map.h"

#include <bit>

#include "core/os/page_source.h"

namespace morpharena {

OwnerMap::Leaf* OwnerMap::leaf_for(std::uintptr_t address) {
    const std::uintptr_t index = address >> kLeafSpanBits;
    if (index >= kRootEntries) return nullptr;
    Leaf* leaf = root_[index].load(std::memory_order_relaxed);
    if (leaf != nullptr) return leaf;
    leaf = static_cast<Leaf*>(os::Kernel::map(sizeof(Leaf), os::Kernel::page_size()));
    if (leaf != nullptr) root_[index].store(leaf, std::memory_order_release);
    return leaf;
}

bool OwnerMap::note_block(std::uintptr_t address, std::size_t bytes) {
    // A block never crosses a leaf: it is aligned to its size, which is at most 1 GiB, and a leaf spans 32 GiB.
    Leaf* leaf = leaf_for(address);
    if (leaf == nullptr) return false;
    const auto size_code = static_cast<unsigned>(std::countr_zero(bytes)) - kStepBits;
    const auto raw = static_cast<std::uint8_t>(static_cast<unsigned>(Owner::block) | size_code << 3);
    const std::size_t first = (address >> kStepBits) % kLeafEntries;
    for (std::size_t i = 0; i < bytes / kStep; ++i) leaf->entries[first + i].store(raw, std::memory_order_relaxed);
    return true;
}

bool OwnerMap::note_step(std::uintptr_t address, Owner owner) {
    Leaf* leaf = leaf_for(address);
    if (leaf == nullptr) return false;
    leaf->entries[(address >> kStepBits) % kLeafEntries].store(static_cast<std::uint8_t>(owner),
                                                               std::memory_order_relaxed);
    return true;
}

}  // namespace morpharena
