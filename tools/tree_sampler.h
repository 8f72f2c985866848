// Looks at a running tree from outside, now and then: at the live records of its processes, and at its
// cgroup.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tools/live_record.h"
#include "tools/timeline.h"
#include "tools/tree_watcher.h"

namespace morpharena::tool {

// The tree does nothing for it; what it costs is time on a processor, and it sees to it that this stays below
// half a percent of one: the next sample comes no sooner than two hundred times as long as the last one took.
class TreeSampler : public TreeWatcher {
  public:
    // `run_directory`: where the tree's processes keep their records; empty when they keep none. What is
    // there already is not looked at.
    explicit TreeSampler(std::filesystem::path run_directory);
    ~TreeSampler() override;
    TreeSampler(const TreeSampler&) = delete;
    TreeSampler& operator=(const TreeSampler&) = delete;

    void begin(const std::filesystem::path& cgroup_file) override;
    std::chrono::milliseconds until_next() const override;
    void look() override;
    Timeline finish();

  private:
    using Clock = std::chrono::steady_clock;
    struct Process {
        LiveRecord record;
        std::size_t index;
    };

    void take_arrivals();
    bool arrive(const std::string& name);  // false: look again later
    void look_at_tree(TimelinePoint& point);

    std::filesystem::path run_directory_;
    std::filesystem::path cgroup_file_;
    int arrivals_ = -1;  // inotify
    int cgroup_ = -1;
    std::vector<std::string> unread_;  // names of records that were not complete yet
    std::map<std::int32_t, Process> alive_;
    TimelineBuilder builder_;
    Clock::time_point begin_{};
    Clock::time_point next_{};
    double cpu_before_ = 0;
    double cpu_at_last_ = 0;
};

}  // namespace morpharena::tool
