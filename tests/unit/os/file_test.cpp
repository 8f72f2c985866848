#include "core/os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <array>
#include <climits>
#include <string>

#include "tests/unit/support/in_child.h"
#include "tests/unit/support/temp_dir.h"

namespace morpharena::os {
namespace {

using test::contents;
using test::TempDir;
using test::write_file;

TEST(File, CreatesOnlyWhatIsNotThere) {
    const TempDir dir;
    const std::string path = dir / "new";
    {
        const File file = create_exclusive(path.c_str());
        ASSERT_TRUE(file.good());
        EXPECT_EQ(file.error(), 0);
        EXPECT_TRUE(file.write("hello"));
    }
    EXPECT_EQ(contents(path), "hello");
    EXPECT_EQ(create_exclusive(path.c_str()).error(), EEXIST);
    EXPECT_EQ(contents(path), "hello");

    struct stat status {};
    ASSERT_EQ(stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 077, 0u) << "readable by its owner only";
}

TEST(File, DescriptorsAreCloseOnExecAndClosed) {
    const TempDir dir;
    int descriptor = -1;
    {
        const File file = open_append((dir / "f").c_str());
        ASSERT_TRUE(file.good());
        descriptor = file.descriptor();
        EXPECT_NE(fcntl(descriptor, F_GETFD) & FD_CLOEXEC, 0);
    }
    EXPECT_EQ(fcntl(descriptor, F_GETFD), -1);
    EXPECT_EQ(errno, EBADF);
}

TEST(File, WhatIsWrittenToNeverBecomesAStandardStream) {
    const TempDir dir;
    const std::string path = dir / "new";
    const auto looks_right = [](const File& file) {
        // Neither taken by the file nor by what holds them meanwhile.
        return file.descriptor() > 2 && fcntl(0, F_GETFD) == -1 && fcntl(1, F_GETFD) == -1 &&
               fcntl(2, F_GETFD) == -1;
    };
    const int status = test::status_in_child([&] {
        for (int stream = 0; stream <= 2; ++stream) close(stream);
        if (!looks_right(create_exclusive(path.c_str()))) return 1;
        if (!looks_right(open_existing(path.c_str()))) return 2;
        return looks_right(open_append(path.c_str())) ? 0 : 3;
    });
    EXPECT_EQ(status, 0);
}

TEST(File, ReleaseHandsTheDescriptorOver) {
    const TempDir dir;
    int descriptor = -1;
    {
        File file = open_append((dir / "f").c_str());
        descriptor = file.release();
        EXPECT_FALSE(file.good());
    }
    EXPECT_NE(fcntl(descriptor, F_GETFD), -1);
    close(descriptor);
    EXPECT_EQ(create_exclusive("/nowhere/at/all").release(), -ENOENT);
}

TEST(File, AppendKeepsWhatIsThere) {
    const TempDir dir;
    const std::string path = dir / "log";
    EXPECT_TRUE(open_append(path.c_str()).write("one"));
    EXPECT_TRUE(open_append(path.c_str()).write("two"));
    EXPECT_EQ(contents(path), "onetwo");
}

TEST(File, LinksAreNotFollowedWhereItCreates) {
    const TempDir dir;
    const std::string link = dir / "link";
    const std::string target = dir / "target";
    ASSERT_EQ(symlink(target.c_str(), link.c_str()), 0);
    EXPECT_EQ(open_append(link.c_str()).error(), ELOOP);
    EXPECT_EQ(create_exclusive(link.c_str()).error(), EEXIST);
    EXPECT_EQ(access(target.c_str(), F_OK), -1);
}

TEST(File, WriteTellsFailure) {
    EXPECT_FALSE(open_read("/dev/null").write("x"));
    EXPECT_FALSE(File(-ENOENT).write("x"));
    if (access("/dev/full", W_OK) == 0) {
        EXPECT_FALSE(open_existing("/dev/full").write("x"));
    }
}

TEST(File, ReadsWhatTheBufferHolds) {
    const TempDir dir;
    const std::string path = dir / "f";
    write_file(path, "abcdefgh");
    std::array<char, 4> small;
    EXPECT_EQ(read_file(path.c_str(), small), 4u);
    EXPECT_EQ(std::string(small.data(), 4), "abcd");
    std::array<char, 64> wide;
    EXPECT_EQ(read_file(path.c_str(), wide), 8u);
    EXPECT_EQ(read_file((dir / "missing").c_str(), wide), 0u);
    EXPECT_EQ(read_file(dir.path().c_str(), wide), 0u) << "a directory";
    EXPECT_EQ(read_file(path.c_str(), std::span<char>()), 0u);
}

TEST(File, ReservedFileCanBeMappedAndKeepsWhatIsWritten) {
    const TempDir dir;
    const std::string path = dir / "f";
    constexpr std::size_t kBytes = 8192;
    {
        const File file = create_exclusive(path.c_str());
        ASSERT_EQ(reserve(file, kBytes), 0);
        auto* memory = static_cast<char*>(map_shared(file, 4096, 4096));
        ASSERT_NE(memory, nullptr);
        memory[10] = 'x';
        ASSERT_EQ(munmap(memory, 4096), 0);
    }
    const std::string text = contents(path);
    ASSERT_EQ(text.size(), kBytes);
    EXPECT_EQ(text[4096 + 10], 'x');
    EXPECT_EQ(text[0], '\0');
}

TEST(File, RefusalsAreNumbers) {
    const File read_only = open_read("/dev/null");
    EXPECT_NE(reserve(read_only, 4096), 0);
    EXPECT_EQ(map_shared(read_only, 0, 4096), nullptr);
}

TEST(File, RemovesAFile) {
    const TempDir dir;
    const std::string path = dir / "f";
    write_file(path, "x");
    remove_file(path.c_str());
    EXPECT_EQ(access(path.c_str(), F_OK), -1);
}

TEST(File, WorkingDirectory) {
    std::array<char, PATH_MAX> expected;
    ASSERT_NE(getcwd(expected.data(), expected.size()), nullptr);
    std::array<char, PATH_MAX> buffer;
    const std::size_t length = working_directory(buffer);
    EXPECT_EQ(std::string(buffer.data(), length), expected.data());
    std::array<char, 2> tiny;
    EXPECT_EQ(working_directory(tiny), 0u);
}

TEST(File, ReadLinkRefusesWhatMayBeCut) {
    const TempDir dir;
    const std::string link = dir / "link";
    ASSERT_EQ(symlink("12345", link.c_str()), 0);
    std::array<char, 6> fits;
    EXPECT_EQ(read_link(link.c_str(), fits), 5u);
    std::array<char, 5> exact;  // as long as the link: it may have been cut
    EXPECT_EQ(read_link(link.c_str(), exact), 0u);
    EXPECT_EQ(read_link("/nowhere", fits), 0u);
}

TEST(File, IdentityStaysWithTheFile) {
    const TempDir dir;
    const std::string name = dir / "file";
    const FileIdentity made = identity_of(create_exclusive(name.c_str()));
    EXPECT_NE(made, FileIdentity{});
    EXPECT_EQ(identity_of(open_existing(name.c_str())), made);
    ASSERT_EQ(rename(name.c_str(), (dir / "other").c_str()), 0);
    EXPECT_EQ(identity_of(open_existing((dir / "other").c_str())), made);
    EXPECT_NE(identity_of(create_exclusive(name.c_str())), made);
    EXPECT_EQ(identity_of(open_existing("/nowhere")), FileIdentity{});
}

TEST(File, WhoMayRenameInADirectory) {
    const TempDir dir;
    for (const auto& [mode, anybody] :
         {std::pair{0700, false}, {0775, false}, {0777, true}, {01777, false}, {0702, true}}) {
        ASSERT_EQ(chmod(dir.path().c_str(), static_cast<mode_t>(mode)), 0);
        EXPECT_EQ(anybody_may_rename_in(dir.path().c_str()), anybody) << std::oct << mode;
    }
    EXPECT_FALSE(anybody_may_rename_in("/nowhere"));
}

TEST(File, ChildrenDoNotHaveWhatIsKeptFromThem) {
    const TempDir dir;
    const std::string path = dir / "mapped";
    const File file = create_exclusive(path.c_str());
    ASSERT_EQ(reserve(file, 8192), 0);
    void* both = map_shared(file, 0, 4096);
    void* ours = map_shared(file, 4096, 4096);
    ASSERT_TRUE(both != nullptr && ours != nullptr);
    ASSERT_TRUE(keep_from_children(ours, 4096));
    const auto is_mapped = [](void* memory) {
        unsigned char resident = 0;
        return mincore(memory, 4096, &resident) == 0 ? 1 : 0;
    };
    EXPECT_EQ(test::status_in_child([&] { return is_mapped(both) * 2 + is_mapped(ours); }), 2);
    EXPECT_EQ(is_mapped(ours), 1);
}

TEST(File, ErrorNames) {
    EXPECT_TRUE(error_name(ENOENT).starts_with("ENOENT"));
    EXPECT_TRUE(error_name(EACCES).starts_with("EACCES"));
    EXPECT_TRUE(error_name(ENOSPC).starts_with("ENOSPC"));
    EXPECT_EQ(error_name(12345), "error");
}

}  // namespace
}  // namespace morpharena::os
