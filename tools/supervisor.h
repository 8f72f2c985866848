// The process between us and the tree: it is the tree's subreaper, so that it can wait for all of it and
// nothing else, and it outlives us for long enough to clean up should we be killed.
#pragma once

#include <sys/resource.h>

#include <array>
#include <cstdint>

#include "tools/launch.h"

namespace morpharena::tool {

enum class StartStep : std::uint32_t { started, cgroup, pipe, fork, join, exec };

// What the supervisor tells, as bytes through a pipe.
struct SupervisorReport {
    bool complete;        // false: the supervisor itself was killed
    StartStep failed_at;  // started: nothing failed
    int error;            // errno of that step
    int wait_status;
    bool interrupted;
    bool timed_out;
    int trace_error;  // errno of why the tree could not be followed
    std::uint32_t outlived;
    std::int64_t wall_ns;
    rusage usage;  // of every process of the tree that was waited for, by us or by its parent
    bool has_instructions;
    bool has_instructions_user;
    int instruction_error;
    std::uint64_t instructions;
    std::uint64_t instructions_user;
    PeakSource peak_source;
    bool has_peak;
    std::uint64_t peak;
    std::uint64_t oom_kills;
    std::uint32_t tail_bytes;
    std::array<char, 4096> tail;    // the end of stderr
    std::array<char, 512> problem;  // text for StartStep::cgroup
};

// Runs in a forked child of its own, and fills `report`. `cgroup_name` is the run's cgroup below
// launch.place; `trace_file`, a descriptor, takes what the tracer saw.
void supervise(const Launch& launch, const char* cgroup_name, const sigset_t& mask_outside, int trace_file,
               SupervisorReport& report);

}  // namespace morpharena::tool
