// Where on this machine memory cgroups of our own can be made: below our own cgroup, be it version 2 (when
// our subtree is delegated to us) or version 1.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace morpharena::tool {

enum class CgroupVersion { v1, v2 };

// The directory of the process's own cgroup in a hierarchy that may have a memory controller.
struct OwnCgroup {
    CgroupVersion version;
    std::filesystem::path directory;
    std::filesystem::path mount_point;
};

// From the texts of /proc/self/cgroup and /proc/self/mountinfo: version 2 first, as where both are mounted
// the memory controller stands in one of them only, which the files in the directory tell.
std::vector<OwnCgroup> own_cgroups(std::string_view proc_cgroup, std::string_view mountinfo);

// A directory in which a run's cgroup may be made with mkdir.
class CgroupPlace {
  public:
    // Looks for one, and makes and removes an empty cgroup to be sure. When there is none, returns nothing,
    // and `reason` says why and what would help.
    static std::optional<CgroupPlace> find(std::string& reason);
    // The same with the texts given, for tests.
    static std::optional<CgroupPlace> find(std::string_view proc_cgroup, std::string_view mountinfo,
                                           std::string& reason);

    CgroupPlace(CgroupPlace&& other) noexcept;
    CgroupPlace& operator=(CgroupPlace&&) = delete;
    CgroupPlace(const CgroupPlace&) = delete;
    CgroupPlace& operator=(const CgroupPlace&) = delete;
    // Gives back what version 2 needed: our own process returns from the leaf to the cgroup it came from.
    ~CgroupPlace();

    CgroupVersion version() const { return version_; }
    const std::filesystem::path& directory() const { return directory_; }

  private:
    CgroupPlace(CgroupVersion version, std::filesystem::path directory)
        : version_(version), directory_(std::move(directory)) {}

    CgroupVersion version_;
    std::filesystem::path directory_;
    std::filesystem::path own_leaf_;  // version 2: where our own process waits meanwhile; else empty

    friend std::optional<CgroupPlace> divide_own_v2(const OwnCgroup& own, std::string& reason);
    friend std::optional<CgroupPlace> place_in_v2(const OwnCgroup& own, std::string& reason);
    friend std::optional<CgroupPlace> place_in_v1(const OwnCgroup& own, std::string& reason);
};

}  // namespace morpharena::tool
