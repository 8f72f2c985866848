// Who wants to look at a running tree from outside, as often as it likes, while launch() waits for its end.
#pragma once

#include <chrono>
#include <filesystem>

namespace morpharena::tool {

class TreeWatcher {
  public:
    virtual ~TreeWatcher() = default;
    // The tree is about to start. `cgroup_file` holds what it has in memory, by the kernel; empty: there is
    // none.
    virtual void begin(const std::filesystem::path& cgroup_file) = 0;
    virtual std::chrono::milliseconds until_next() const = 0;
    // Looks when it is time; called also when it is not.
    virtual void look() = 0;
};

}  // namespace morpharena::tool
