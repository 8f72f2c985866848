// Whom the kernel's OOM killer ended, from the kernel's own log: the cgroup's counters say how many, not who.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace morpharena::tool {

struct OomVictim {
    pid_t pid;                      // as the kernel's first pid namespace numbers it
    std::string program;            // comm: at most 15 characters
    std::uint64_t anonymous_bytes;  // its anonymous resident memory when it was killed
};

// The victims in `log`, the records of /dev/kmsg, that belonged to a cgroup whose path has the component
// `cgroup_name`, in order; where the log says of too few whose they were, and has `kills` kills in all,
// those.
std::vector<OomVictim> oom_victims(std::string_view log, std::string_view cgroup_name, std::uint64_t kills);

// What the kernel logs from the moment this is made.
class OomLog {
  public:
    OomLog();
    ~OomLog();
    OomLog(const OomLog&) = delete;
    OomLog& operator=(const OomLog&) = delete;

    // Why the log cannot be read (kernel.dmesg_restrict, a container), or empty.
    const std::string& problem() const { return problem_; }
    std::vector<OomVictim> victims(std::string_view cgroup_name, std::uint64_t kills) const;

  private:
    int fd_;
    std::string problem_;
};

}  // namespace morpharena::tool
