// The memory cgroup of one run: made fresh, so that its peak and its OOM events are this run's alone.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "tools/cgroup_place.h"

namespace morpharena::tool {

// How the peak was found; it goes into every report beside the number.
enum class PeakSource : std::uint32_t {
    none,
    cgroup_v1,       // memory.max_usage_in_bytes
    cgroup_v2,       // memory.peak
    cgroup_polled,   // the largest memory.current seen: kernels before 5.19 keep no peak
    largest_record,  // the largest VmHWM of the records: one process, not the tree
    largest_rusage,  // ru_maxrss of the reaped children: one process, and what it inherited through exec
};

std::string_view describe(PeakSource source);
std::string_view name_of(PeakSource source);  // the key in JSON

class Cgroup {
  public:
    // Makes `place`/`name`. With a limit, no more than `limit` bytes and no swap. `problem` names the file on
    // failure.
    static std::optional<Cgroup> make(const CgroupPlace& place, const std::string& name,
                                      std::optional<std::uint64_t> limit, std::string& problem);

    // Moves a process in, 0 or errno. What it has in memory already stays charged where it was.
    int add(pid_t pid) const;

    // True when the kernel keeps no peak and sample() has to be called often.
    bool must_be_sampled() const { return peak_source_ == PeakSource::cgroup_polled; }
    void sample();

    PeakSource peak_source() const { return peak_source_; }
    std::optional<std::uint64_t> peak() const;
    std::uint64_t oom_kills() const;

    // Removes it; the kernel may need a moment after the last process has gone. False when it is still there.
    bool remove() const;
    const std::filesystem::path& path() const { return path_; }

  private:
    Cgroup(CgroupVersion version, std::filesystem::path path) : version_(version), path_(std::move(path)) {}
    std::string set_limit(std::uint64_t limit) const;

    CgroupVersion version_;
    std::filesystem::path path_;
    PeakSource peak_source_ = PeakSource::cgroup_v1;
    std::uint64_t sampled_peak_ = 0;
};

// Removes an empty cgroup directory, trying again for up to a second.
bool remove_cgroup(const std::filesystem::path& path);

}  // namespace morpharena::tool
