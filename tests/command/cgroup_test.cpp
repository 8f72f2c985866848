// Finding the place for cgroups from the kernel's texts, and the life of one where this machine lets us.
#include "tools/cgroup.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "tools/small_file.h"

namespace morpharena::tool {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

TEST(OwnCgroups, FindsVersionOne) {
    const auto found =
        own_cgroups("5:cpu,cpuacct:/a\n4:memory:/user/build 7\n0::/x\n",
                    "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n"
                    "32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n");
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].version, CgroupVersion::v1);
    EXPECT_EQ(found[0].directory, "/sys/fs/cgroup/memory/user/build 7");
}

TEST(OwnCgroups, FindsVersionTwoFirst) {
    const auto found = own_cgroups("4:memory:/m\n0::/user.slice/s.scope\n",
                                   "35 31 0:32 / /cg/memory rw - cgroup cgroup rw,memory\n"
                                   "41 31 0:38 / /cg/unified rw,relatime - cgroup2 cgroup2 rw\n");
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].version, CgroupVersion::v2);
    EXPECT_EQ(found[0].directory, "/cg/unified/user.slice/s.scope");
    EXPECT_EQ(found[1].version, CgroupVersion::v1);
}

TEST(OwnCgroups, AContainerSeesAPartOfTheHierarchy) {
    const auto found = own_cgroups("0::/docker/abc/inner\n",
                                   "41 31 0:38 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n");
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].directory, "/sys/fs/cgroup/inner");
}

TEST(OwnCgroups, BlanksInMountPointsAreUnescaped) {
    const auto found = own_cgroups("0::/\n", "41 31 0:38 / /my\\040cgroup rw - cgroup2 cgroup2 rw\n");
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].directory, "/my cgroup/");
}

TEST(OwnCgroups, NonsenseFindsNothing) {
    EXPECT_TRUE(own_cgroups("", "").empty());
    EXPECT_TRUE(own_cgroups("0:\n::\nx\n", "- - -\n\n1 2 3\n").empty());
    EXPECT_TRUE(own_cgroups("0::/\n", "1 2 0:3 / /tmp rw - tmpfs tmpfs rw,memory\n").empty());
}

// A directory dressed up as a cgroup 2 hierarchy: enough to see what is decided and why.
class FakeHierarchy : public testing::Test {
  protected:
    FakeHierarchy() {
        std::string name = (fs::temp_directory_path() / "cgroup-test-XXXXXX").string();
        root_ = ::mkdtemp(name.data());
    }
    ~FakeHierarchy() override { fs::remove_all(root_); }

    void write(const fs::path& file, const std::string& text) const { std::ofstream(root_ / file) << text; }
    std::optional<CgroupPlace> find(const std::string& own, std::string& reason) const {
        return CgroupPlace::find("0::" + own + "\n",
                                 fmt::format("41 31 0:38 / {} rw - cgroup2 cgroup2 rw\n", root_.string()),
                                 reason);
    }
    fs::path root_;
};

TEST_F(FakeHierarchy, WithoutTheControllerTheReasonSaysSoAndAdvises) {
    write("cgroup.controllers", "cpu pids\n");
    std::string reason;
    EXPECT_FALSE(find("/", reason));
    EXPECT_THAT(reason, HasSubstr("no memory controller"));
    EXPECT_THAT(reason, HasSubstr("systemd-run"));
}

TEST_F(FakeHierarchy, ACgroupSharedWithOthersIsLeftAlone) {
    write("cgroup.controllers", "memory\n");
    write("cgroup.procs", fmt::format("1\n{}\n", ::getpid()));
    std::string reason;
    EXPECT_FALSE(find("/", reason));
    EXPECT_THAT(reason, HasSubstr("shared with other processes"));
}

TEST_F(FakeHierarchy, AFailedDivisionLeavesNothingBehind) {
    // Ours alone, with the controller; but no kernel stands behind it, so moving into the leaf fails.
    write("cgroup.controllers", "cpu memory\n");
    write("cgroup.procs", fmt::format("{}\n", ::getpid()));
    std::string reason;
    EXPECT_FALSE(find("/", reason));
    EXPECT_THAT(reason, HasSubstr("cannot divide"));
    for (const auto& entry : fs::directory_iterator(root_))
        EXPECT_FALSE(entry.is_directory()) << entry.path();
}

TEST_F(FakeHierarchy, WithoutAnyHierarchyTheReasonSaysSo) {
    std::string reason;
    EXPECT_FALSE(CgroupPlace::find("0::/\n", "", reason));
    EXPECT_THAT(reason, HasSubstr("no memory cgroup"));
}

TEST(KeyedNumber, ReadsEventFiles) {
    const char* events = "low 0\noom 3\noom_kill 2\noom_group_kill 1\n";
    EXPECT_EQ(keyed_number(events, "oom_kill"), 2u);
    EXPECT_EQ(keyed_number(events, "oom"), 3u);
    EXPECT_FALSE(keyed_number(events, "kill"));
    EXPECT_FALSE(keyed_number("", "oom_kill"));
    EXPECT_FALSE(keyed_number("oom_kill", "oom_kill"));
    EXPECT_FALSE(keyed_number("oom_kill x", "oom_kill"));
}

TEST(RealCgroup, IsMadeLimitedAndRemoved) {
    std::string reason;
    const auto place = CgroupPlace::find(reason);
    if (!place) GTEST_SKIP() << reason;
    std::string problem;
    const auto cgroup =
        Cgroup::make(*place, fmt::format("morpharena-test-{}", ::getpid()), 64 << 20, problem);
    ASSERT_TRUE(cgroup) << problem;
    EXPECT_TRUE(fs::is_directory(cgroup->path()));
    EXPECT_EQ(cgroup->oom_kills(), 0u);
    const char* limit = place->version() == CgroupVersion::v2 ? "memory.max" : "memory.limit_in_bytes";
    EXPECT_EQ(read_number(cgroup->path() / limit), 64u << 20);
    EXPECT_TRUE(cgroup->remove());
    EXPECT_FALSE(fs::exists(cgroup->path()));
}

}  // namespace
}  // namespace morpharena::tool
