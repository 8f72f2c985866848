#include "core/os/cgroup.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>
#include <string>

#include "tests/unit/support/temp_dir.h"

namespace morpharena::os {
namespace {

// The group of the memory controller that this process is in, as a folder; empty when there is none.
std::string memory_group(std::string& limit_file) {
    std::istringstream lines(test::contents("/proc/self/cgroup"));
    for (std::string line; std::getline(lines, line);) {
        const auto first = line.find(':');
        const auto second = line.find(':', first + 1);
        if (second == std::string::npos) continue;
        const std::string controllers = line.substr(first + 1, second - first - 1);
        const std::string group = line.substr(second + 1);
        limit_file = controllers == "memory" ? "memory.limit_in_bytes" : "memory.max";
        const std::string mount = controllers == "memory" ? "/sys/fs/cgroup/memory" : "/sys/fs/cgroup";
        if (controllers != "memory" && !controllers.empty()) continue;
        if (std::filesystem::exists(mount + group + "/cgroup.procs") &&
            std::filesystem::exists(mount + group + "/" + limit_file)) {
            return mount + group;
        }
    }
    return {};
}

TEST(Cgroup, IsBelowTheMachinesMemoryOrNone) {
    const std::uint64_t limit = cgroup_memory_limit();
    EXPECT_LT(limit, std::uint64_t{1} << 62)
        << "no limit must read as 0, not as version 1's number near 2^63";
}

TEST(Cgroup, FindsTheSmallestLimitOnTheWay) {
    std::string file;
    const std::string group = memory_group(file);
    if (group.empty()) GTEST_SKIP() << "no memory controller";
    const std::string outer = group + "/morpharena-unit-" + std::to_string(getpid());
    if (mkdir(outer.c_str(), 0755) != 0) GTEST_SKIP() << "may not make a control group";
    const std::string inner = outer + "/inner";
    const bool nested = mkdir(inner.c_str(), 0755) == 0;
    const std::string innermost = nested ? inner : outer;
    constexpr std::uint64_t kLimit = std::uint64_t{512} << 20;
    test::write_file(outer + "/" + file, std::to_string(kLimit));
    const bool taken = test::contents(outer + "/" + file) == std::to_string(kLimit) + "\n";

    const pid_t child = fork();
    if (child == 0) {
        test::write_file(innermost + "/cgroup.procs", std::to_string(getpid()));
        const bool inside = test::contents("/proc/self/cgroup").find("morpharena-unit-") != std::string::npos;
        _exit(!inside ? 77 : cgroup_memory_limit() == kLimit ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (nested) rmdir(inner.c_str());
    rmdir(outer.c_str());
    if (!taken || WEXITSTATUS(status) == 77) GTEST_SKIP() << "may not use a control group";
    EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace morpharena::os
