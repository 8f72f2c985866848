// Objects that have a mapping of their own: those over a quarter of a block, and those of odd alignments that
// no block serves. Growing one moves pages, not bytes.
//
//   mapping (64 KiB-aligned) | ... LargeHeader | object ... end of mapping
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/heap/owner_map.h"
#include "core/heap/supply.h"

namespace morpharena {

struct LargeHeader {
    Descriptor descriptor;
    std::uintptr_t object;   // the address right behind this header
    std::uintptr_t mapping;  // where the mapping begins
    std::size_t mapped;      // bytes of the mapping
    ThreadHeap* owner;       // who made it
    LargeHeader* older;      // mode arena: the list of all (reset.h)
    LargeHeader* newer;

    std::size_t usable() const { return mapping + mapped - object; }
};
static_assert(sizeof(LargeHeader) == 64);

// The header of the object at `address`, or nullptr when the large object that the entry is of begins
// elsewhere.
inline LargeHeader* large_header(std::uintptr_t address, OwnerMap::Entry entry) {
    LargeHeader& header = entry.as<LargeHeader>();
    return header.object == address ? &header : nullptr;
}

// Stands in the owner map for memory of ours in which no object begins: what was freed and is kept. A second
// free of it is then seen as what it is, and is not libc's.
LargeHeader& no_object();

// The part of the mapping that the owner map knows: the step in which the object begins, and all that the
// mapping fills after it, so that a pointer to somewhere inside is told from a foreign one. In the last step
// another mapping may begin.
struct NotedRange {
    std::uintptr_t start;
    std::size_t bytes;
};
NotedRange noted_range(const LargeHeader& header);

// Bytes of the mapping that an object of `size` bytes at ordinary alignment gets; 0: it would pass
// kMaxRequest.
std::size_t large_mapping_bytes(std::size_t size);

// These change the owner map and the supply: callers hold the process's lock. nullptr when memory is refused.
// `size` is at most kMaxRequest, `alignment` a power of two of at least kGranule.
LargeHeader* make_large(Supply& supply, OwnerMap& map, std::size_t size, std::size_t alignment,
                        ThreadHeap* owner);
// Makes a mapping of ours, aligned to kStep, into an object at ordinary alignment.
LargeHeader* place_large(OwnerMap& map, void* mapping, std::size_t bytes, ThreadHeap* owner);
// Grows or shrinks; the header may move, and is then returned at its new place. On failure nothing has
// changed.
LargeHeader* resize_large(Supply& supply, OwnerMap& map, LargeHeader* header, std::size_t size);

}  // namespace morpharena
