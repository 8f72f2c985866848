#include "core/observe/record_reader.h"

#include <algorithm>
#include <new>

namespace morpharena {

std::string_view describe(RecordError error) {
    switch (error) {
        case RecordError::none:
            return "is a good record";
        case RecordError::not_begun:
            return "is not begun: its process ended, or was stopped, while it made the file";
        case RecordError::too_short:
            return "is cut off: a record is at least 12288 bytes";
        case RecordError::not_a_record:
            return "is not a record: it does not begin with 'morphrec'";
        case RecordError::other_version:
            return "is a record of another version; this command reads version 2";
        case RecordError::other_layout:
            return "is a record with other counters; read it with the command it was built with";
    }
    return "is damaged";
}

RecordError read_record(std::span<const std::byte> file, RecordView& view) {
    const auto magic = file.first(std::min(file.size(), sizeof kRecordMagic));
    if (std::all_of(magic.begin(), magic.end(), [](std::byte byte) { return byte == std::byte{}; }))
        return RecordError::not_begun;
    if (file.size() < sizeof(RecordHeader)) return RecordError::too_short;
    const auto* header = reinterpret_cast<const RecordHeader*>(file.data());
    if (header->magic != kRecordMagic) return RecordError::not_a_record;
    if (header->version != kRecordVersion) return RecordError::other_version;
    if (header->layout_hash != counters_layout_hash() || header->header_bytes != kRecordHeaderBytes ||
        header->slot_bytes != kSlotBytes) {
        return RecordError::other_layout;
    }
    if (file.size() < kRecordHeaderBytes) return RecordError::too_short;
    const std::size_t room = (file.size() - kRecordHeaderBytes) / kSlotBytes;
    const std::size_t used = header->slots_used.load(std::memory_order_relaxed);
    if (used > room) return RecordError::too_short;

    view.header = header;
    view.threads.~ThreadCounters();
    new (&view.threads) ThreadCounters{};
    const std::byte* slots = file.data() + kRecordHeaderBytes;
    for (std::size_t i = 0; i < used; ++i) {
        merge(view.threads, *reinterpret_cast<const ThreadCounters*>(slots + i * kSlotBytes));
    }
    view.derived = derive(view.threads, header->process);
    view.counted = true;
    return RecordError::none;
}

void merge(ThreadCounters& total, const ThreadCounters& part) {
#define THREAD_COUNTER(name, unit, cost, help) total.name.add(part.name.get());
#include "core/observe/counters.def"
    for (std::size_t i = 0; i < kSmallClasses; ++i) total.small_objects[i].add(part.small_objects[i].get());
    for (std::size_t i = 0; i < kMediumClasses; ++i) {
        total.medium_objects[i].add(part.medium_objects[i].get());
        total.medium_bytes[i].add(part.medium_bytes[i].get());
    }
    for (std::size_t i = 0; i < kSizeClasses; ++i) {
        total.class_live[i].add(part.class_live[i].get());
        total.class_peak[i].add(part.class_peak[i].get());
    }
}

namespace {

// a - b, or 0: the counters of a running process are read one after another and may be a few calls apart.
std::uint64_t less(std::uint64_t a, std::uint64_t b) {
    return a > b ? a - b : 0;
}

}  // namespace

Derived derive(const ThreadCounters& threads, const ProcessCounters& process) {
    Derived derived{};
    std::uint64_t in_blocks = threads.medium_bytes_used.get() + threads.gap_bytes.get();
    for (std::size_t i = 0; i < kSmallClasses; ++i) {
        derived.objects += threads.small_objects[i].get();
        in_blocks += threads.small_objects[i].get() * i * kGranule;
    }
    for (const Counter& objects : threads.medium_objects) derived.objects += objects.get();
    derived.malloc_calls =
        less(derived.objects, threads.calloc_calls.get() + threads.aligned_calls.get() +
                                  threads.realloc_fresh.get() + threads.realloc_copied.get());

    const std::uint64_t taken_back = threads.bytes_shrunk.get() + threads.bytes_rewound.get();
    derived.bytes_used = less(in_blocks + threads.large_bytes_used.get(), taken_back);
    derived.payload =
        threads.bytes_asked.get() < derived.bytes_used ? threads.bytes_asked.get() : derived.bytes_used;
    derived.padding = derived.bytes_used - derived.payload;
    derived.block_end_waste = process.block_end_waste.get();
    // A bitmap byte stands for eight granules; the part of a bitmap that no object has reached is never
    // touched.
    const std::uint64_t bitmaps = process.blocks.get() != 0 ? in_blocks / (8 * kGranule) : 0;
    derived.metadata = process.metadata_bytes.get() + bitmaps;
    derived.held = derived.bytes_used + derived.block_end_waste + derived.metadata;

    const std::uint64_t given =
        derived.bytes_used + threads.bytes_rewound.get() + process.live_inherited.get();
    derived.live = less(given, threads.bytes_freed.get() + threads.gap_bytes.get());
    derived.live_peak =
        process.live_peak_seen.get() > derived.live ? process.live_peak_seen.get() : derived.live;
    derived.never_freed_cost = less(derived.held, derived.live_peak);
    if (derived.held != 0) {
        // In long double: payload * 10^6 passes 2^64 from 18 TB on.
        derived.utilization_ppm = static_cast<std::uint64_t>(static_cast<long double>(derived.payload) *
                                                             1e6L / static_cast<long double>(derived.held));
    }
    return derived;
}

std::string_view executable_of(const RecordHeader& header) {
    std::size_t length = 0;
    while (length < header.executable.size() && header.executable[length] != '\0') ++length;
    return {header.executable.data(), length};
}

std::string_view arguments_of(const RecordHeader& header) {
    const std::size_t length = header.arguments_bytes;
    return {header.arguments.data(), length < header.arguments.size() ? length : header.arguments.size()};
}

std::string_view complaints_of(const RecordHeader& header) {
    const std::size_t length = header.complaints_bytes;
    return {header.complaints.data(), length < header.complaints.size() ? length : header.complaints.size()};
}

}  // namespace morpharena
