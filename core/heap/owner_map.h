// Which of our parts owns an address: one entry for each 64 KiB step of address space, in two levels, so that
// only the pages that speak of memory in use exist (0.012 % of it). Everything that we map begins on such a
// step. An entry is the address of what describes the memory there, which begins with a Descriptor: one
// look-up finds the owner.
//
// Lookups take no lock: an entry is written before the first pointer into its memory is handed out, and
// whoever frees a pointer got it from somebody who saw that.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace morpharena {

struct ThreadHeap;

enum class Owner : std::uint32_t {
    nobody = 0,  // not ours
    block = 1,   // an arena block, by its BlockHeader
    large = 2,   // the step in which an object with a mapping of its own begins, by its LargeHeader
    slab = 3,    // a slab or a span of the pool, by its Slab
};

// The first member of what an entry points to.
struct Descriptor {
    // What the fast path of free compares with the thread's heap: the heap that owns a slab; one byte more
    // than that for a block whose frees are counted (block.h). Of the rest, nobody: they take the slow path.
    std::uintptr_t frees_to;
    Owner kind;
    std::uint32_t serial = 0;  // of a large object: the how manieth that was made (reset.h)
};

inline std::uintptr_t frees_to_slab(const ThreadHeap* owner) {
    return reinterpret_cast<std::uintptr_t>(owner);
}
inline std::uintptr_t frees_to_block(const ThreadHeap* owner) {
    return reinterpret_cast<std::uintptr_t>(owner) + 1;
}

// Frees by other threads than the owner, of a slab's or a block's objects. The first of a batch puts this
// into the owner's inbox and sets kQueued, which stands until the owner has taken it out: so long the memory
// can't be released, or the thread that puts it in would write into another's. Above the bit, a slab has the
// list of the objects freed, a block their number. It stands 64 bytes behind the Descriptor, on a cache line
// that the owner does not write at every call.
struct RemoteFrees {
    std::atomic<std::uintptr_t> word;
    RemoteFrees* next_in_inbox;

    Descriptor& descriptor() {
        return *reinterpret_cast<Descriptor*>(reinterpret_cast<std::uintptr_t>(this) - 64);
    }
};
inline constexpr std::uintptr_t kQueued = 1;

class OwnerMap {
  public:
    static constexpr unsigned kStepBits = 16;
    static constexpr std::size_t kStep = std::size_t{1} << kStepBits;

    struct Entry {
        Descriptor* descriptor;  // nullptr: nobody
        Owner owner() const { return descriptor == nullptr ? Owner::nobody : descriptor->kind; }
        template <class Type>
        Type& as() const {
            return *reinterpret_cast<Type*>(descriptor);
        }
    };

    struct Leaf;
    // The part of the table in which nearly every address of a process lies, so that a heap can keep it at
    // hand.
    struct Window {
        std::uintptr_t start = 0;  // the first address of which `leaf` speaks
        std::uintptr_t bytes = 0;  // 0: none
        const Leaf* leaf = nullptr;
        Descriptor* find(std::uintptr_t address) const;
    };

    constexpr OwnerMap() = default;

    // Maps a part of the table before there is anything to note in it: under a tight limit on addresses the
    // memory would else take the room of its own description. The part is that in which the kernel puts the
    // mapping, and will most likely put the next ones. Callers hold the process's lock; again it does
    // nothing.
    void begin();

    Entry find(std::uintptr_t address) const;

    // Notes what describes the steps of [address, address + bytes); both multiples of kStep but for a large
    // object's, of which only the first step is noted. False when there is no memory for the table. Callers
    // hold the process's lock.
    bool note(std::uintptr_t address, std::size_t bytes, Descriptor* descriptor);
    void forget(std::uintptr_t address, std::size_t bytes);
    // The window in which `address` lies, once something has been noted there.
    Window window(std::uintptr_t address) const;

  private:
    static constexpr unsigned kAddressBits = 47;  // user addresses of x86-64 without a hint for more
    static constexpr unsigned kLeafSpanBits = 35;
    static constexpr std::size_t kRootEntries = std::size_t{1} << (kAddressBits - kLeafSpanBits);
    static constexpr std::size_t kLeafEntries = std::size_t{1} << (kLeafSpanBits - kStepBits);

    static Leaf* map_leaf();
    Leaf* leaf_for(std::uintptr_t address);

    std::atomic<Leaf*> root_[kRootEntries]{};  // 32 KiB of .bss, one page of it touched
    bool begun_ = false;  // behind: root_ has the map's own address, or finding takes an instruction more
};

struct OwnerMap::Leaf {
    std::atomic<Descriptor*> entries[kLeafEntries];
};

inline OwnerMap::Entry OwnerMap::find(std::uintptr_t address) const {
    const std::uintptr_t index = address >> kLeafSpanBits;
    if (index >= kRootEntries) [[unlikely]]
        return {nullptr};
    const Leaf* leaf = root_[index].load(std::memory_order_acquire);
    if (leaf == nullptr) [[unlikely]]
        return {nullptr};
    return {leaf->entries[(address >> kStepBits) % kLeafEntries].load(std::memory_order_relaxed)};
}

inline Descriptor* OwnerMap::Window::find(std::uintptr_t address) const {
    const std::uintptr_t offset = address - start;
    if (offset >= bytes) [[unlikely]]
        return nullptr;
    return leaf->entries[offset >> kStepBits].load(std::memory_order_relaxed);
}

}  // namespace morpharena
