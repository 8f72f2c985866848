// The records that processes left in a run directory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/observe/record_reader.h"

namespace morpharena::tool {

// How a record's process ended, as far as the records and /proc tell.
enum class Ending {
    exited,      // exit() was called, or main returned
    replaced,    // by exec: the same process has a later record
    running,     // it is alive
    unannounced  // killed, _exit, abort: nothing ran at its end
};
const char* describe(Ending ending);

// What the tables need of a record; the file's bytes are not kept, as a build may leave ten thousand of them.
struct ProcessRecord {
    std::filesystem::path file;
    std::int32_t pid = 0;
    std::int32_t parent = 0;
    std::uint64_t start_ticks = 0;
    std::uint32_t serial = 0;
    std::uint64_t start_ns = 0;  // CLOCK_REALTIME when the library woke up
    std::uint64_t end_ns = 0;    // when exit was called, 0 when it was not
    std::string program;         // the executable's file name
    std::string mode;
    bool exit_called = false;
    bool bypassed = false;
    Derived derived{};
    std::uint64_t peak_rss = 0;  // bytes, 0 when it was never sampled
    double cpu_seconds = 0;  // user and sys since the process began, as last sampled; exec does not reset it
    std::string complaints;  // the library's, LF after each
    Ending ending = Ending::unannounced;
};

// One line for people: the file and what is wrong with it.
using Damage = std::string;

struct Records {
    std::vector<ProcessRecord> processes;  // by time of start
    std::vector<Damage> damaged;
    std::vector<Damage> not_begun;  // their processes were killed while they made the file: nothing is lost
};

// The record files in a directory, by name. BadInput when it cannot be read.
std::vector<std::filesystem::path> record_files(const std::filesystem::path& directory);

// Reads and checks all of them, and works out the endings.
Records read_records(const std::vector<std::filesystem::path>& files);

// Processor time of all of them, in seconds; a process that called exec is counted once.
double recorded_cpu(std::span<const ProcessRecord> processes);

// What the library complained of, each once and fit for a terminal; behind it, where there were several, how
// many processes said it.
std::vector<std::string> complaints_in(std::span<const ProcessRecord> processes);

// Reads one file again for the whole of it: calls `use` with a view that is valid during the call. Returns
// what is wrong, or an empty text.
Damage with_record(const std::filesystem::path& file, const std::function<void(const RecordView&)>& use);

// The full report of one record by core/report, as text or JSON; empty when the file is damaged.
std::string full_report(const std::filesystem::path& file, bool json);

}  // namespace morpharena::tool
