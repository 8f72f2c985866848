#include "core/heap/owner_map.h"

#include "core/os/page_source.h"

namespace morpharena {

OwnerMap::Leaf* OwnerMap::map_leaf() {
    void* leaf = os::Kernel::map(sizeof(Leaf), os::Kernel::page_size());
    // A few pages of it will be touched; where huge pages come unasked, one would be 2 MiB.
    if (leaf != nullptr) os::Kernel::avoid_huge(leaf, sizeof(Leaf));
    return static_cast<Leaf*>(leaf);
}

void OwnerMap::begin() {
    if (begun_) return;
    begun_ = true;
    Leaf* leaf = map_leaf();
    if (leaf == nullptr) return;
    root_[reinterpret_cast<std::uintptr_t>(leaf) >> kLeafSpanBits].store(leaf, std::memory_order_release);
}

OwnerMap::Leaf* OwnerMap::leaf_for(std::uintptr_t address) {
    const std::uintptr_t index = address >> kLeafSpanBits;
    if (index >= kRootEntries) return nullptr;
    Leaf* leaf = root_[index].load(std::memory_order_relaxed);
    if (leaf != nullptr) return leaf;
    leaf = map_leaf();
    if (leaf == nullptr) return nullptr;
    // A signal handler may have come in between and made one (os::QuickSection): then that one stands.
    Leaf* other = nullptr;
    if (root_[index].compare_exchange_strong(other, leaf, std::memory_order_acq_rel)) return leaf;
    os::Kernel::unmap(leaf, sizeof(Leaf));
    return other;
}

bool OwnerMap::note(std::uintptr_t address, std::size_t bytes, Descriptor* descriptor) {
    for (std::size_t done = 0; done < bytes; done += kStep) {
        Leaf* leaf = leaf_for(address + done);
        if (leaf == nullptr) return false;
        leaf->entries[((address + done) >> kStepBits) % kLeafEntries].store(descriptor,
                                                                            std::memory_order_relaxed);
    }
    return true;
}

void OwnerMap::forget(std::uintptr_t address, std::size_t bytes) {
    note(address, bytes, nullptr);
}

OwnerMap::Window OwnerMap::window(std::uintptr_t address) const {
    const std::uintptr_t index = address >> kLeafSpanBits;
    if (index >= kRootEntries) return {};
    const Leaf* leaf = root_[index].load(std::memory_order_relaxed);
    if (leaf == nullptr) return {};
    return {index << kLeafSpanBits, std::uintptr_t{1} << kLeafSpanBits, leaf};
}

}  // namespace morpharena
