#include "core/heap/pool_check.h"

#include <string.h>

#include <algorithm>
#include <array>

#include "core/base/text.h"
#include "core/heap/pool.h"
#include "core/heap/process_heap.h"

namespace morpharena {

namespace {

// As an address it is none, so that a program that follows it stops there.
constexpr unsigned char kFill = 0xdb;
constexpr std::uintptr_t kDisguise = 0xdbdbdbdbdbdbdbdb;  // eight of them
constexpr std::size_t kLinks = 2 * sizeof(std::uintptr_t);
static_assert(kLinks <= kGranule);

std::uintptr_t* links(std::uintptr_t object) {
    return reinterpret_cast<std::uintptr_t*>(object);
}

std::size_t filled_end(const Slab& slab) {
    return std::min<std::size_t>(slab.object_bytes, kFilled);
}

// Whether a free list of this slab may go on at `next`.
bool may_follow(ProcessHeap& process, const Slab& slab, std::uintptr_t next) {
    if (next == 0) return true;
    const std::uintptr_t bytes = std::uintptr_t{slab.units} * kUnit;
    return next - slab.start < bytes && object_bytes(slab, next) != 0 &&
           process.checks().state(next) != PointerState::live;
}

// Where the first word begins that is not as the free left it; filled_end() when all are.
std::size_t first_changed(const Slab& slab, std::uintptr_t object) {
    if (links(object)[0] != (links(object)[1] ^ kDisguise)) return 0;
    const std::uintptr_t* words = links(object);
    const std::size_t end = filled_end(slab);
    std::size_t at = kLinks;
    while (at < end && words[at / sizeof *words] == kDisguise) at += sizeof *words;
    return at;
}

void report_written(ProcessHeap& process, const Slab& slab, std::uintptr_t object, std::size_t at) {
    std::array<char, 128> buffer;
    Text what(buffer);
    what.add("was written to after it was freed, ")
        .add_unsigned(at)
        .add(" bytes behind its start or later; an object of ");
    what.add_unsigned(slab.object_bytes).add(" bytes");
    process.checks().report(process, BadPointer::written, "malloc", object, what.view());
}

}  // namespace

void fill_freed(const Slab& slab, std::uintptr_t object) {
    memset(reinterpret_cast<void*>(object + kLinks), kFill, filled_end(slab) - kLinks);
}

void seal_freed(std::uintptr_t object, std::uintptr_t link) {
    links(object)[1] = link ^ kDisguise;
}

std::uintptr_t pop_checked(ProcessHeap& process, Slab& slab) {
    const std::uintptr_t object = slab.free;
    if (object == 0) return 0;
    std::uintptr_t next = links(object)[0];
    // One that was never handed out has a link and nothing else.
    const bool was_freed = process.checks().state(object) == PointerState::freed;
    const std::size_t changed = was_freed ? first_changed(slab, object) : filled_end(slab);
    if (changed < filled_end(slab) || !may_follow(process, slab, next)) {
        const std::uintptr_t noted = links(object)[1] ^ kDisguise;
        if (was_freed && may_follow(process, slab, noted)) next = noted;
        if (!may_follow(process, slab, next)) next = 0;
        report_written(process, slab, object, changed < filled_end(slab) ? changed : 0);
    }
    slab.free = next;
    slab.until_wake += 1;
    return object;
}

void cut_torn_list(ProcessHeap& process, Slab& slab, std::uintptr_t object) {
    for (std::uint32_t seen = 1; object != 0; ++seen) {
        const std::uintptr_t next = links(object)[0];
        if (seen > slab.capacity || !may_follow(process, slab, next)) {
            links(object)[0] = 0;
            report_written(process, slab, object, 0);
            return;
        }
        object = next;
    }
}

}  // namespace morpharena
