// A run directory that is being filled: which processes are alive in it, and what they did since last asked.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tools/live_record.h"

namespace morpharena::tool {

struct LiveProcess {
    std::int32_t pid = 0;
    std::string program;
    std::string mode;
    bool bypassed = false;
    Derived derived{};
    MemoryNow memory;
    double objects_a_second = 0;  // since the last snapshot
    double bytes_a_second = 0;    // asked for
};

struct TreeSnapshot {
    std::vector<LiveProcess> alive;  // by anonymous memory, largest first
    std::uint64_t ended = 0;         // processes and programs that are over by now
    std::uint64_t unreadable = 0;    // files that are no good record
    // Of all, the ended ones included.
    std::uint64_t objects = 0;
    std::uint64_t bytes_asked = 0;
    double objects_a_second = 0;
    double bytes_a_second = 0;
};

class TreeWatch {
  public:
    // `root`: only this process and what is below it; nothing: whoever keeps a record here.
    explicit TreeWatch(std::filesystem::path directory, std::optional<std::int32_t> root = std::nullopt);

    TreeSnapshot snapshot();
    const std::filesystem::path& directory() const { return directory_; }

  private:
    struct Followed {
        LiveRecord record;
        std::uint64_t objects = 0;
        std::uint64_t bytes = 0;
    };
    void find_arrivals(const std::set<std::int32_t>& wanted);
    void add_ended(const Followed& one, TreeSnapshot& snapshot);

    std::filesystem::path directory_;
    std::optional<std::int32_t> root_;
    std::set<std::string> seen_;
    std::map<std::string, int> failures_;  // by name: how often it could not be read
    std::map<std::string, Followed> alive_;
    TreeSnapshot over_;  // the sums of those that ended
    std::optional<std::chrono::steady_clock::time_point> last_;
};

// Where the processes below `root` (itself included) keep their records, by their environment; nothing when
// none of them says so.
std::optional<std::filesystem::path> run_directory_of(std::int32_t root);
// Of all processes whose environment we may read.
std::set<std::filesystem::path> run_directories();

}  // namespace morpharena::tool
