// The processes below this one. The supervisor of a run is a child subreaper, so whatever the command started
// is below it, however often it forked and whoever its parent was.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace morpharena::tool {

// From /proc/<pid>/stat.
struct ProcessStat {
    pid_t parent;
    std::uint64_t start_ticks;  // with the pid it names the process for good
    char state;
};
std::optional<ProcessStat> parse_stat(std::string_view text);
std::optional<ProcessStat> stat_of(pid_t pid);

// All descendants of `ancestor` at this moment, zombies left out.
std::vector<pid_t> descendants(pid_t ancestor);

// Sends `signal` to all of them; how many there were.
std::size_t signal_descendants(pid_t ancestor, int signal);

}  // namespace morpharena::tool
