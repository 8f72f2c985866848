// The record: what is known of one process, laid out in one file that the process maps shared and writes as
// it goes, so that nothing needs to run at its end. Without a run directory the same structs live in private
// memory.
//
//   file = RecordHeader (kRecordHeaderBytes), then slots of kSlotBytes, one ThreadCounters at the start of
//   each; the first `slots_used` of them are in use.
//
// A record is untrusted input to whoever reads it: record_reader.h checks it first.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/observe/counters.h"
#include "core/observe/pinned_blocks.h"

namespace morpharena {

inline constexpr std::array<char, 8> kRecordMagic = {'m', 'o', 'r', 'p', 'h', 'r', 'e', 'c'};
inline constexpr std::uint32_t kRecordVersion = 2;
inline constexpr std::size_t kRecordHeaderBytes = 12288;
inline constexpr std::size_t kSlotBytes = 2048;   // one ThreadCounters and padding: slots tile pages
inline constexpr std::size_t kSlotsPerChunk = 8;  // the file grows by so many slots at a time
inline constexpr const char* kRecordSuffix = ".morpharena";

enum class RecordState : std::uint32_t {
    running = 1,  // also what a process leaves that was killed or called _exit: nothing ran at its end
    exited = 2,   // exit() was called or main returned; counters may still move in later destructors
};

// What MORPHARENA_MODE chose, as the record stores it; the rows are config/modes.def's.
struct RecordConfig {
    std::uint32_t mode;  // index of the row in modes.def
    std::uint32_t thp;   // 0 auto, 1 always, 2 never
    std::uint32_t rewind;
    std::int32_t dump_signal;   // 0: none
    std::int32_t reset_signal;  // 0: none
    std::uint32_t reset;        // 0 none, 1 safe, 2 force
    std::uint32_t check;        // 0 off, 1 report, 2 abort
    std::uint64_t block_size;   // bytes
    std::uint64_t limit;        // bytes, 0: none
    std::uint64_t budget;       // bytes, as worked out
};

// Limits found at start; 0: none or unknown.
struct RecordLimits {
    std::uint64_t address_space;   // RLIMIT_AS, bytes
    std::uint64_t data;            // RLIMIT_DATA, bytes
    std::uint64_t cgroup_memory;   // the smallest memory limit on the way to the cgroup's root, bytes
    std::uint64_t machine_memory;  // bytes
};

struct RecordHeader {
    std::array<char, 8> magic;
    std::uint32_t version;
    std::uint32_t header_bytes;
    std::uint64_t layout_hash;  // counters_layout_hash()
    std::uint32_t slot_bytes;
    std::atomic<std::uint32_t> slots_used;

    std::int32_t pid;
    std::int32_t parent;
    std::uint64_t start_ticks;  // field 22 of /proc/self/stat: with the pid it names the process
    std::uint32_t serial;       // n-th record of this process: it rises by one at each exec
    std::atomic<RecordState> state;
    std::uint64_t start_ns;             // CLOCK_REALTIME when the library woke up
    std::atomic<std::uint64_t> end_ns;  // CLOCK_REALTIME at exit, or 0
    std::uint32_t bypassed;             // 1: the program brought its own malloc, ours serves nobody
    std::uint32_t forked;               // 1: the record of a fork child, which had no exec of its own yet

    RecordConfig config;
    RecordLimits limits;
    ProcessCounters process;
    PinnedBlocks pinned;

    std::array<char, 1024> executable;  // of /proc/self/exe, NUL-terminated, cut when longer
    std::uint32_t arguments_bytes;      // how much of `arguments` is used
    std::uint32_t arguments_cut;        // 1: there were more
    std::array<char, 4096> arguments;   // NUL after each
    std::uint32_t complaints_bytes;
    std::array<char, 2044> complaints;  // one line each, LF after each
};

static_assert(sizeof(RecordHeader) <= kRecordHeaderBytes);
static_assert(sizeof(ThreadCounters) <= kSlotBytes);

}  // namespace morpharena
