// This process's own record: made at its first allocation, replaced in a fork child, never closed, since the
// kernel keeps what was written into a shared mapping whatever becomes of the process.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/config/config.h"
#include "core/observe/record.h"

namespace morpharena {

class RecordWriter {
  public:
    constexpr RecordWriter() = default;

    // Starts a record for this process: in a file where `config` names a run directory, else (or when the
    // file can't be made, which adds a complaint) in private memory. `tracked`: somebody will read it, so the
    // facts about the process are worth their system calls. `forked`: begun by a fork child. Callers hold the
    // process's lock.
    void begin(const Config& config, Complaints& complaints, bool tracked, bool forked);

    // Counters for one more thread, zeroed; nullptr when there is no file (the caller then counts in memory
    // of its own) or the file can't grow, which is counted.
    ThreadCounters* new_slot();

    RecordHeader& header() { return *header_; }
    const RecordHeader& header() const { return *header_; }
    bool in_file() const { return slots_ != nullptr; }
    const char* path() const { return path_.data(); }  // where it is in a file

    // Puts the complaints into the record, again when there are more.
    void show(const Complaints& complaints);
    // Brings faults, processor time and peak RSS up to date. Some microseconds: call it seldom.
    void sample();
    // exit() was called: says so, with a last sample.
    void finish();

  private:
    bool create_file(std::string_view directory, Complaints& complaints);
    void describe_process(const Config& config, const Complaints& complaints, bool tracked);
    bool grow();

    RecordHeader* header_ = nullptr;
    std::byte* slots_ = nullptr;          // the newest chunk
    std::size_t slots_made_ = 0;          // in all chunks
    std::array<char, 4096> directory_{};  // absolute, once it is known
    std::array<char, 4096> path_{};
};

}  // namespace morpharena
