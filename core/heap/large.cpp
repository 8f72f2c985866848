#include "core/heap/large.h"

#include <algorithm>

#include "core/base/align.h"
#include "core/os/page_source.h"

namespace morpharena {

namespace {

LargeHeader* header_before(std::uintptr_t object) {
    return reinterpret_cast<LargeHeader*>(object - sizeof(LargeHeader));
}

// Bytes of a mapping in which the object stands `offset` bytes behind the start; 0 when it would pass
// kMaxRequest.
std::size_t mapping_bytes(std::size_t offset, std::size_t size) {
    std::size_t bytes = 0;
    if (__builtin_add_overflow(offset, std::max(size, kGranule), &bytes) || bytes > kMaxRequest) return 0;
    // At least one step: another mapping must not begin in the step that the map knows this one by.
    return std::max(align_up(bytes, os::Kernel::page_size()), OwnerMap::kStep);
}

}  // namespace

LargeHeader& no_object() {
    static constinit LargeHeader none{.descriptor = {0, Owner::large},
                                      .object = 0,
                                      .mapping = 0,
                                      .mapped = 0,
                                      .owner = nullptr,
                                      .older = nullptr,
                                      .newer = nullptr};
    return none;
}

NotedRange noted_range(const LargeHeader& header) {
    const std::uintptr_t start = align_down(header.object, OwnerMap::kStep);
    const std::size_t whole = align_down(header.mapping + header.mapped - start, OwnerMap::kStep);
    return {start, std::max(whole, OwnerMap::kStep)};
}

namespace {

// False when there is no memory for the table.
bool note(OwnerMap& map, LargeHeader& header) {
    const NotedRange range = noted_range(header);
    return map.note(range.start, range.bytes, &header.descriptor);
}

}  // namespace

std::size_t large_mapping_bytes(std::size_t size) {
    return mapping_bytes(sizeof(LargeHeader), size);
}

LargeHeader* place_large(OwnerMap& map, void* mapping, std::size_t bytes, ThreadHeap* owner) {
    const auto start = reinterpret_cast<std::uintptr_t>(mapping);
    const std::uintptr_t object = start + sizeof(LargeHeader);
    LargeHeader* header = header_before(object);
    *header = {.descriptor = {0, Owner::large},
               .object = object,
               .mapping = start,
               .mapped = bytes,
               .owner = owner,
               .older = nullptr,
               .newer = nullptr};
    return note(map, *header) ? header : nullptr;
}

LargeHeader* make_large(Supply& supply, OwnerMap& map, std::size_t size, std::size_t alignment,
                        ThreadHeap* owner) {
    // The header takes the place before the object: one alignment step where that is wider than the header.
    const std::size_t offset = std::max(alignment, sizeof(LargeHeader));
    std::size_t bytes = mapping_bytes(offset, size);
    if (bytes == 0) return nullptr;
    void* memory = supply.map(bytes, OwnerMap::kStep);
    if (memory == nullptr) return nullptr;
    auto mapping = reinterpret_cast<std::uintptr_t>(memory);
    std::uintptr_t object = mapping + offset;
    if (offset >= OwnerMap::kStep) {
        // A wide alignment. With `offset` bytes in front of the object there is a place for it wherever the
        // mapping begins, so that none aligned as widely is asked for, which took twice the addresses for a
        // moment. What the object and its header's page do not need goes back. Nothing within the object's
        // own step, which the owner map knows as one: a small mapping could begin in the hole, and its end
        // would take the object's entry along.
        const std::size_t page = os::Kernel::page_size();
        object = align_up(mapping + page, alignment);
        const std::uintptr_t first = object - page;
        const std::uintptr_t end = object + (bytes - offset);
        const std::size_t before = first - mapping;
        const std::size_t behind = mapping + bytes - end;
        if (before != 0) supply.unmap(memory, before);
        if (behind != 0) supply.unmap(reinterpret_cast<void*>(end), behind);
        mapping = first;
        bytes = end - first;
    }
    LargeHeader* header = header_before(object);
    *header = {.descriptor = {0, Owner::large},
               .object = object,
               .mapping = mapping,
               .mapped = bytes,
               .owner = owner,
               .older = nullptr,
               .newer = nullptr};
    if (note(map, *header)) return header;
    supply.unmap(reinterpret_cast<void*>(mapping), bytes);
    return nullptr;
}

LargeHeader* resize_large(Supply& supply, OwnerMap& map, LargeHeader* header, std::size_t size) {
    const std::uintptr_t offset = header->object - header->mapping;
    const std::size_t bytes = mapping_bytes(offset, size);
    if (bytes == 0) return nullptr;
    if (bytes == header->mapped) return header;
    // A mapping that does not begin on a step was cut for a wide alignment; it can't be moved as it stands.
    if (header->mapping % OwnerMap::kStep != 0) return bytes < header->mapped ? header : nullptr;
    const NotedRange before = noted_range(*header);
    void* moved =
        supply.remap(reinterpret_cast<void*>(header->mapping), header->mapped, bytes, OwnerMap::kStep);
    if (moved == nullptr) return nullptr;
    map.forget(before.start, before.bytes);
    const std::uintptr_t object = reinterpret_cast<std::uintptr_t>(moved) + offset;
    header = header_before(object);
    header->object = object;
    header->mapping = reinterpret_cast<std::uintptr_t>(moved);
    header->mapped = bytes;
    // Needs memory only when the kernel moved it into another 32 GiB; that the kernel then has none for a
    // leaf, having just found room for the object, is not provided for.
    note(map, *header);
    return header;
}

}  // namespace morpharena
