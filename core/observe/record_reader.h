// Reading a record that somebody else wrote: everything is checked before it is used, since the file may be
// cut off, of another version, being written to at this moment, or made to hurt.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "core/observe/record.h"

namespace morpharena {

// not_begun: the magic is what a process writes last into a new record; killed before that, it has counted
// nothing.
enum class RecordError { none, not_begun, too_short, not_a_record, other_version, other_layout };

// One line for people: what is wrong with the file and what would be right.
std::string_view describe(RecordError error);

// What is worked out of the raw counters. Bytes, unless it says otherwise.
struct Derived {
    std::uint64_t objects;          // objects made by all calls together
    std::uint64_t malloc_calls;     // objects less those that calloc, realloc and the aligned family made
    std::uint64_t bytes_used;       // what the objects take: rounding and aligned gaps included
    std::uint64_t payload;          // what was asked
    std::uint64_t padding;          // bytes_used - payload
    std::uint64_t block_end_waste;  // at the ends of full blocks
    std::uint64_t metadata;
    std::uint64_t held;  // bytes_used + block_end_waste + metadata: what an arena keeps until the end
    std::uint64_t live;  // only where tracked; else 0
    std::uint64_t live_peak;
    std::uint64_t never_freed_cost;  // held - live_peak where tracked; what never freeing costs
    std::uint64_t utilization_ppm;   // payload / held in parts per million, 0 when nothing is held
};

// The record's header, and its slots added up.
struct RecordView {
    const RecordHeader* header;
    bool counted;  // false: nobody asked for a record or a dump, so calls were not counted
    ThreadCounters threads;
    Derived derived;
};

// Fills `view` from a mapped or read file. `view.header` points into `file`. Strings inside are
// NUL-terminated or have a checked length afterwards; arguments() and complaints() respect it.
RecordError read_record(std::span<const std::byte> file, RecordView& view);

// Adds one slot into a total.
void merge(ThreadCounters& total, const ThreadCounters& part);
Derived derive(const ThreadCounters& threads, const ProcessCounters& process);

std::string_view executable_of(const RecordHeader& header);
std::string_view arguments_of(const RecordHeader& header);   // NUL after each argument
std::string_view complaints_of(const RecordHeader& header);  // LF after each complaint

}  // namespace morpharena
