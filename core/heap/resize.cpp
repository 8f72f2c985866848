// realloc of our own objects: in place where the part that holds the object can, by moving pages where it has
// a mapping of its own, by copying otherwise.
#include <string.h>

#include <algorithm>

#include "core/heap/arena.h"
#include "core/heap/count.h"
#include "core/heap/dispatch.h"
#include "core/heap/live.h"
#include "core/heap/objects.h"
#include "core/heap/pool.h"
#include "core/heap/process_heap.h"

namespace morpharena {

namespace {

std::uintptr_t move_object(ThreadHeap& heap, std::uintptr_t old_object, OwnerMap::Entry entry,
                           const Found& old, std::size_t size) {
    const auto slow = [&heap, size] { return make_object(heap, size, kGranule).object; };
    const auto take = [](std::uintptr_t made, bool) { return made; };
    const std::uintptr_t object = size - 1 < kSmallLimit ? take_small(heap, size - 1, take, slow) : slow();
    if (object == 0) return 0;
    const std::size_t kept = std::min(old.usable, size);
    memcpy(reinterpret_cast<void*>(object), reinterpret_cast<const void*>(old_object), kept);
    heap.counters->realloc_copied.add(1);
    heap.counters->realloc_copied_bytes.add(kept);
    if (entry.descriptor->frees_to == frees_to_slab(&heap) && !process_heap.tracked()) {
        push(process_heap, heap, entry.as<Slab>(), old_object);
    } else {
        release_object(heap, old_object, entry);
    }
    return object;
}

std::uintptr_t kept_in_place(ThreadHeap& heap, std::uintptr_t object, const Found& found, std::size_t size) {
    // How much of the old object was asked for is not known; what lies beyond its place is asked for now.
    if (size > found.usable) heap.counters->bytes_asked.add(size - found.usable);
    heap.counters->realloc_in_place.add(1);
    return object;
}

std::uintptr_t resize_in_block(ThreadHeap& heap, std::uintptr_t object, OwnerMap::Entry entry,
                               const Found& found, std::size_t size) {
    const std::size_t bytes = granules_of(size) * kGranule;
    const std::uintptr_t end = object + found.usable;
    if (is_newest(heap, end) && resize_newest(heap, object, end, bytes)) {
        count_resize(heap, found.usable, bytes, heap.counters->medium_bytes_used);
    } else if (bytes > found.usable) {
        return move_object(heap, object, entry, found, size);
    }
    return kept_in_place(heap, object, found, size);
}

std::uintptr_t resize_in_pool(ThreadHeap& heap, std::uintptr_t object, OwnerMap::Entry entry,
                              const Found& found, std::size_t size) {
    Slab& slab = entry.as<Slab>();
    const bool grows = size > found.usable;
    // Shrunk to under half, it moves: a long life in a place twice its size costs more than the copy.
    if (!grows && (size > found.usable / 2 || found.usable == kGranule))
        return kept_in_place(heap, object, found, size);
    if (grows && slab.size_class == kSpanClass && grow_span(process_heap, slab, size)) {
        count_resize(heap, found.taken, slab.object_bytes, heap.counters->medium_bytes_used);
        heap.used_before += slab.object_bytes - found.taken;
        return kept_in_place(heap, object, found, size);
    }
    const std::uintptr_t moved = move_object(heap, object, entry, found, size);
    return moved == 0 && !grows ? kept_in_place(heap, object, found, size) : moved;
}

std::uintptr_t resize_mapped(ThreadHeap& heap, std::uintptr_t object, OwnerMap::Entry entry,
                             const Found& found, std::size_t size) {
    LargeHeader* const before = &entry.as<LargeHeader>();
    LargeHeader* header = nullptr;
    // Where there is a pool, an object that has become small belongs there.
    if (heap.uses_pool && size <= kLargestSpan / 2) {
        const std::uintptr_t moved = move_object(heap, object, entry, found, size);
        if (moved != 0) return moved;
    }
    // Where it is refused, once more without what is kept warm: the copy below would need both at once.
    for (int attempt = 0; attempt < 2 && header == nullptr; ++attempt) {
        if (attempt == 1 && !process_heap.release_caches()) break;
        const os::LockedSection section(process_heap.lock());
        header = resize_large(process_heap.supply(), process_heap.owners(), before, size);
        if (header == nullptr) continue;
        if (process_heap.config().mode.value == Mode::arena) process_heap.resets().large_moved(*header);
        count_resize(heap, found.taken, header->mapped, heap.counters->large_bytes_used);
        heap.used_before += header->mapped - found.taken;
        process_heap.sample_if_grown();
    }
    if (header == nullptr) return move_object(heap, object, entry, found, size);
    if (process_heap.tracked()) process_heap.publish_live(heap, live_of(heap));
    if (header->object == object) return kept_in_place(heap, object, found, size);
    if (size > found.usable) heap.counters->bytes_asked.add(size - found.usable);
    heap.counters->realloc_remapped.add(1);
    return header->object;
}

}  // namespace

std::uintptr_t resize_object(ThreadHeap& heap, std::uintptr_t object, OwnerMap::Entry entry,
                             const Found& found, std::size_t size) {
    switch (entry.owner()) {
        case Owner::block:
            return resize_in_block(heap, object, entry, found, size);
        case Owner::slab:
            return resize_in_pool(heap, object, entry, found, size);
        case Owner::large:
            return resize_mapped(heap, object, entry, found, size);
        case Owner::nobody:
            break;
    }
    return 0;
}

}  // namespace morpharena
