#include "core/heap/check.h"

#include <array>

#include "core/base/align.h"
#include "core/base/text.h"
#include "core/heap/arena.h"
#include "core/heap/objects.h"
#include "core/heap/process_heap.h"
#include "core/heap/system.h"
#include "core/os/file.h"
#include "core/os/page_source.h"
#include "core/os/process.h"

namespace morpharena {

namespace {

// Complaints of one kind in a record; the rest is only counted.
constexpr std::uint32_t kToldOfAKind = 4;

// How far below a bad pointer the start of an object is looked for that the next allocator made.
constexpr std::size_t kReach = std::size_t{1} << 30;

struct Around {
    std::uintptr_t start;
    std::size_t bytes;  // 0: no object is there
};

Around in_block(const BlockHeader& block, std::uintptr_t pointer) {
    if (pointer < block.objects || pointer >= block.end) return {};
    const Marks marks(reinterpret_cast<std::uintptr_t>(&block));
    std::uintptr_t start = align_down(pointer, kGranule);
    while (start > block.objects && !marks.test(start)) start -= kGranule;
    const std::uintptr_t end = end_of_object(block, start);
    return pointer < end ? Around{start, end - start} : Around{};
}

Around in_slab(const Slab& slab, std::uintptr_t pointer) {
    const std::uintptr_t index = (pointer - slab.start) / slab.object_bytes;
    if (slab.size_class != kSpanClass && index >= slab.threaded) return {};
    return {slab.start + index * slab.object_bytes, slab.object_bytes};
}

// The object that `pointer` points to or into, live or freed.
Around object_around(ProcessHeap& process, std::uintptr_t pointer, const PointerStates& states) {
    const OwnerMap::Entry entry = process.owners().find(pointer);
    switch (entry.owner()) {
        case Owner::block:
            return in_block(entry.as<BlockHeader>(), pointer);
        case Owner::slab:
            return in_slab(entry.as<Slab>(), pointer);
        case Owner::large: {
            const LargeHeader& header = entry.as<LargeHeader>();
            return header.object == 0 || pointer < header.object ? Around{}
                                                                 : Around{header.object, header.usable()};
        }
        case Owner::nobody:
            break;
    }
    // The owner map does not know the last step of a large object, where another mapping may begin.
    const OwnerMap::Entry before = process.owners().find(pointer - OwnerMap::kStep);
    if (before.owner() == Owner::large) {
        const LargeHeader& header = before.as<LargeHeader>();
        if (pointer < header.mapping + header.mapped) return {header.object, header.usable()};
    }
    if (process.config().mode.value != Mode::system || !next_allocator.found()) return {};
    const std::uintptr_t start = states.live_before(pointer, kReach);
    if (start == 0 || process.owners().find(start).owner() != Owner::nobody) return {};
    const std::size_t bytes = next_allocator.usable_size(reinterpret_cast<void*>(start));
    return pointer - start < bytes ? Around{start, bytes} : Around{};
}

// Whether the memory, ours when an object in it was freed, has gone back to the kernel and come to another
// allocator. Mode `system` hands out the next allocator's objects, where that can't be told.
bool is_others_memory(const ProcessHeap& process, std::uintptr_t pointer) {
    if (process.config().mode.value == Mode::system) return false;
    return os::Kernel::is_mapped(reinterpret_cast<void*>(align_down(pointer, os::Kernel::page_size())));
}

void say_no_object(Text& what, const Around& around, std::uintptr_t pointer) {
    if (around.bytes == 0) {
        what.add("is in memory of malloc's in which no object is");
    } else if (around.start == pointer) {
        what.add("is the place of an object that was not handed out, of ")
            .add_unsigned(around.bytes)
            .add(" bytes");
    } else {
        what.add("is ").add_unsigned(pointer - around.start).add(" bytes inside an object of ");
        what.add_unsigned(around.bytes).add(" bytes");
    }
}

void say_freed(Text& what, const Around& around, std::uintptr_t pointer) {
    if (around.bytes == 0) {
        what.add("was freed already");
    } else if (around.start == pointer) {
        what.add("is an object of ").add_unsigned(around.bytes).add(" bytes that was freed already");
    } else {
        what.add("was freed already, and is now inside an object of ")
            .add_unsigned(around.bytes)
            .add(" bytes");
    }
}

Counter& counter_of(ThreadCounters& counters, BadPointer kind) {
    switch (kind) {
        case BadPointer::freed:
            return counters.free_double;
        case BadPointer::no_object:
            return counters.free_invalid;
        case BadPointer::foreign:
            return counters.free_foreign;
        case BadPointer::written:
            break;
    }
    return counters.freed_written;
}

}  // namespace

void Checks::handed_out(ProcessHeap& process, const void* pointer) {
    const auto address = reinterpret_cast<std::uintptr_t>(pointer);
    if (pointer == nullptr || states_.hand_out(address)) return;
    const os::LockedSection section(process.lock());
    // Without memory for it the pointer stays unknown, and is judged as where nothing is checked.
    if (!states_.make_page(address) || !states_.hand_out(address))
        incomplete_.store(true, std::memory_order_relaxed);
}

bool Checks::take_back(ProcessHeap& process, std::uintptr_t pointer, std::string_view call) {
    return judge(process, pointer, states_.take_back(pointer), call);
}

bool Checks::look_at(ProcessHeap& process, std::uintptr_t pointer, std::string_view call) {
    return judge(process, pointer, states_.find(pointer), call);
}

bool Checks::judge(ProcessHeap& process, std::uintptr_t pointer, PointerState state, std::string_view call) {
    const OwnerMap::Entry entry = process.owners().find(pointer);
    const bool ours = entry.owner() != Owner::nobody;
    // A forced reset takes live objects away, so that one is live needs both to say so.
    const bool begins = ours && find_object(pointer, entry).usable != 0;
    if (state == PointerState::live && (begins || !ours)) return true;
    if (state == PointerState::freed && !ours && is_others_memory(process, pointer))
        state = PointerState::unknown;
    const bool may_be_unnoted = state == PointerState::unknown ||
                                (state == PointerState::never && incomplete_.load(std::memory_order_relaxed));
    if (may_be_unnoted && begins) return true;

    std::array<char, 128> buffer;
    Text what(buffer);
    const Around around = object_around(process, pointer, states_);
    if (state == PointerState::freed) {
        say_freed(what, around, pointer);
        report(process, BadPointer::freed, call, pointer, what.view());
        return false;
    }
    if (!ours && around.bytes == 0) {
        report(process, BadPointer::foreign, call, pointer,
               "is not of this malloc; who is next in line was given it");
        return true;
    }
    say_no_object(what, around, pointer);
    report(process, BadPointer::no_object, call, pointer, what.view());
    return false;
}

void Checks::report(ProcessHeap& process, BadPointer kind, std::string_view call, std::uintptr_t pointer,
                    std::string_view what) {
    ThreadHeap* heap = process.heap();
    if (heap != nullptr) counter_of(*heap->counters, kind).add(1);
    const bool ends = how_ == Check::abort && kind != BadPointer::foreign;
    const bool tells =
        told_[static_cast<std::size_t>(kind)].fetch_add(1, std::memory_order_relaxed) < kToldOfAKind;
    if (!tells && !ends) return;
    std::array<char, 24> number;
    Text token(number);
    token.add_hex(pointer);
    process.complain(call, token.view(), what);
    if (!ends) return;
    std::array<char, 256> buffer;
    Text line(buffer);
    line.add("morpharena: ").add(call).add(": ").add(token.view()).add(" ").add(what);
    line.add(" (MORPHARENA_CHECK=abort)\n");
    os::write_stderr(line.view());
    os::abort_process();
}

}  // namespace morpharena
