// Asks processes under the library for a reset of their arena. Nobody else gets the signal, which would end a
// process that is not prepared for it.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>

#include "tools/tree_watcher.h"

namespace morpharena::tool {

// Sends the process the signal that its record in `run_directory` names. Empty when it was sent; else why
// not, as the rest of a sentence about the process. BadInput when the directory cannot be read.
std::string ask_for_reset(const std::filesystem::path& run_directory, std::int32_t pid);

// While a tree below us runs, asks its processes at each interval. A process is asked only when it was there
// an interval ago: one that is about to exec has, in most cases, just been forked, and a signal that arrives
// during exec ends it, as exec takes its handler away.
class PeriodicReset : public TreeWatcher {
  public:
    // `other`: who looks at the tree besides; may be null.
    PeriodicReset(std::filesystem::path run_directory, std::chrono::milliseconds interval,
                  TreeWatcher* other);
    void begin(const std::filesystem::path& cgroup_file) override;
    std::chrono::milliseconds until_next() const override;
    void look() override;
    std::uint64_t sent() const { return sent_; }  // signals, to all processes together

  private:
    using Clock = std::chrono::steady_clock;

    std::filesystem::path run_directory_;
    std::chrono::milliseconds interval_;
    TreeWatcher* other_;
    Clock::time_point next_{};
    std::set<std::string> last_time_;  // names of the records that were there an interval ago
    std::uint64_t sent_ = 0;
};

}  // namespace morpharena::tool
