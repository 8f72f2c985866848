#include "core/observe/record_writer.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <thread>

#include "core/observe/record_reader.h"
#include "core/os/process.h"
#include "tests/unit/support/temp_dir.h"

namespace morpharena {
namespace {

using test::contents;
using test::TempDir;
using testing::HasSubstr;

// A record as a reader finds it on disk at this moment.
struct OnDisk {
    alignas(4096) std::array<std::byte, 1u << 18> bytes{};
    RecordView view;
    RecordError error;

    explicit OnDisk(const std::string& path) {
        const std::string text = contents(path);
        std::memcpy(bytes.data(), text.data(), std::min(text.size(), bytes.size()));
        error = read_record({bytes.data(), text.size()}, view);
    }
};

Config with_directory(const std::string& path) {
    Config config{};
    Complaints ignored;
    read_config(nullptr, config, ignored);
    EXPECT_TRUE(config.run_dir.parse(path));
    return config;
}

class RecordWriterTest : public testing::Test {
  protected:
    TempDir dir_;
    Complaints complaints_;
    // Static storage, as in the library; a path of 4 KiB stands in each.
    RecordWriter writer_;
};

TEST_F(RecordWriterTest, MakesARecordThatTellsTheProcess) {
    const std::uint64_t before = os::realtime_ns();
    writer_.begin(with_directory(dir_.path()), complaints_, true, false);
    ASSERT_EQ(dir_.entries().size(), 1u);
    EXPECT_EQ(complaints_.view(), "");
    const std::string name = dir_.entries()[0].filename();
    EXPECT_EQ(name, std::to_string(getpid()) + "-" + std::to_string(os::start_ticks()) + "-0.morpharena");

    const OnDisk disk(dir_.entries()[0]);
    ASSERT_EQ(disk.error, RecordError::none);
    const RecordHeader& header = *disk.view.header;
    EXPECT_EQ(header.pid, getpid());
    EXPECT_EQ(header.parent, getppid());
    EXPECT_EQ(header.start_ticks, os::start_ticks());
    EXPECT_EQ(header.serial, 0u);
    EXPECT_EQ(header.state, RecordState::running);
    EXPECT_GE(header.start_ns, before);
    EXPECT_EQ(header.end_ns, 0u);
    EXPECT_EQ(header.forked, 0u);
    EXPECT_EQ(header.config.block_size, std::size_t{2} << 20);
    EXPECT_EQ(executable_of(header), std::filesystem::read_symlink("/proc/self/exe").string());
    EXPECT_EQ(arguments_of(header), contents("/proc/self/cmdline").substr(0, 4096));
    EXPECT_EQ(header.limits.machine_memory, os::limits().machine_memory);
}

TEST_F(RecordWriterTest, TellsWhatAResetIsAskedWith) {
    Config config = with_directory(dir_.path());
    ASSERT_TRUE(config.reset_signal.parse("USR2"));
    ASSERT_TRUE(config.reset.parse("force"));
    writer_.begin(config, complaints_, true, false);
    EXPECT_EQ(writer_.header().config.reset_signal, SIGUSR2);
    EXPECT_EQ(writer_.header().config.reset, static_cast<std::uint32_t>(Reset::force));
}

TEST_F(RecordWriterTest, LeavesNoDescriptorOpen) {
    const auto open_descriptors = [] {
        return std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                             std::filesystem::directory_iterator{});
    };
    const auto before = open_descriptors();
    writer_.begin(with_directory(dir_.path()), complaints_, true, false);
    for (int i = 0; i < 20; ++i) writer_.new_slot();
    EXPECT_EQ(open_descriptors(), before);
}

TEST_F(RecordWriterTest, NeverWritesOverARecord) {
    writer_.begin(with_directory(dir_.path()), complaints_, true, false);
    writer_.new_slot()->bytes_asked.set(77);
    static RecordWriter second;
    second.begin(with_directory(dir_.path()), complaints_, true, false);
    EXPECT_EQ(dir_.entries().size(), 2u);
    EXPECT_EQ(second.header().serial, 1u);
    const OnDisk first(
        dir_ / (std::to_string(getpid()) + "-" + std::to_string(os::start_ticks()) + "-0.morpharena"));
    EXPECT_EQ(first.view.threads.bytes_asked.get(), 77u);
}

TEST_F(RecordWriterTest, GrowsPastItsFirstChunk) {
    writer_.begin(with_directory(dir_.path()), complaints_, true, false);
    constexpr std::size_t kThreads = 3 * kSlotsPerChunk + 1;
    for (std::size_t i = 0; i < kThreads; ++i) {
        ThreadCounters* slot = writer_.new_slot();
        ASSERT_NE(slot, nullptr);
        EXPECT_EQ(slot->bytes_asked.get(), 0u) << "a slot is zeroed";
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(slot) % alignof(ThreadCounters), 0u);
        slot->bytes_asked.set(i + 1);
    }
    const OnDisk disk(dir_.entries()[0]);
    ASSERT_EQ(disk.error, RecordError::none);
    EXPECT_EQ(disk.view.header->slots_used, kThreads);
    EXPECT_EQ(disk.view.threads.bytes_asked.get(), kThreads * (kThreads + 1) / 2);
}

TEST_F(RecordWriterTest, WhatCannotGrowIsCounted) {
    writer_.begin(with_directory(dir_.path()), complaints_, true, false);
    for (std::size_t i = 0; i < kSlotsPerChunk; ++i) ASSERT_NE(writer_.new_slot(), nullptr);
    std::filesystem::remove(dir_.entries()[0]);
    EXPECT_EQ(writer_.new_slot(), nullptr);
    EXPECT_EQ(writer_.header().process.threads_uncounted.get(), 1u);
}

TEST_F(RecordWriterTest, WithoutADirectoryItLivesInPrivateMemory) {
    Config config{};
    read_config(nullptr, config, complaints_);
    writer_.begin(config, complaints_, false, false);
    EXPECT_FALSE(writer_.in_file());
    EXPECT_EQ(writer_.new_slot(), nullptr);
    EXPECT_EQ(writer_.header().version, kRecordVersion);
    EXPECT_EQ(complaints_.view(), "");
}

TEST_F(RecordWriterTest, ADirectoryInWhichAnybodyMayRenameIsRefused) {
    ASSERT_EQ(chmod(dir_.path().c_str(), 0777), 0);
    writer_.begin(with_directory(dir_.path()), complaints_, true, false);
    EXPECT_FALSE(writer_.in_file());
    EXPECT_TRUE(dir_.entries().empty());
    EXPECT_THAT(std::string(complaints_.view()), HasSubstr("anybody may rename"));
    EXPECT_THAT(std::string(complaints_.view()), HasSubstr(dir_.path()));
}

TEST_F(RecordWriterTest, AStickyDirectoryWillDoAndTheRecordIsItsOwnersAlone) {
    for (const mode_t mode : {01777, 0775, 0700}) {
        ASSERT_EQ(chmod(dir_.path().c_str(), mode), 0);
        writer_.begin(with_directory(dir_.path()), complaints_, true, false);
        EXPECT_TRUE(writer_.in_file()) << std::oct << mode;
    }
    EXPECT_EQ(complaints_.view(), "");
    for (const auto& file : dir_.entries()) {
        EXPECT_EQ(std::filesystem::status(file).permissions(), std::filesystem::perms(0600)) << file;
    }
}

TEST_F(RecordWriterTest, ALinkInPlaceOfTheRecordIsNotFollowed) {
    const std::string name =
        std::to_string(getpid()) + "-" + std::to_string(os::start_ticks()) + "-0.morpharena";
    const std::string target = dir_ / "target";
    ASSERT_EQ(symlink(target.c_str(), (dir_ / name).c_str()), 0);
    writer_.begin(with_directory(dir_.path()), complaints_, true, false);
    EXPECT_TRUE(writer_.in_file());
    EXPECT_EQ(writer_.header().serial, 1u) << "the name is taken";
    EXPECT_FALSE(std::filesystem::exists(target));
}

TEST_F(RecordWriterTest, GrowsOnlyTheFileThatItMade) {
    writer_.begin(with_directory(dir_.path()), complaints_, true, false);
    const std::string record = dir_.entries()[0];
    ASSERT_EQ(rename(record.c_str(), (dir_ / "moved").c_str()), 0);
    test::write_file(record, "somebody else's");
    for (std::size_t i = 0; i < kSlotsPerChunk; ++i) ASSERT_NE(writer_.new_slot(), nullptr);
    EXPECT_EQ(writer_.new_slot(), nullptr);
    EXPECT_EQ(contents(record), "somebody else's");
    EXPECT_EQ(writer_.header().process.threads_uncounted.get(), 1u);
}

TEST_F(RecordWriterTest, AMissingDirectoryIsComplainedOf) {
    writer_.begin(with_directory(dir_ / "missing"), complaints_, true, false);
    EXPECT_FALSE(writer_.in_file());
    EXPECT_THAT(std::string(complaints_.view()),
                HasSubstr("MORPHARENA_RUN_DIR: '" + (dir_ / "missing") + "' can't take a record"));
    EXPECT_THAT(std::string(complaints_.view()), HasSubstr("ENOENT"));
    EXPECT_THAT(std::string(complaints_of(writer_.header())), HasSubstr("ENOENT"))
        << "and the record says so";
}

TEST_F(RecordWriterTest, AFileInPlaceOfTheDirectoryIsComplainedOf) {
    test::write_file(dir_ / "file", "keep me");
    writer_.begin(with_directory(dir_ / "file"), complaints_, true, false);
    EXPECT_THAT(std::string(complaints_.view()), HasSubstr("ENOTDIR"));
    EXPECT_EQ(contents(dir_ / "file"), "keep me");
}

TEST_F(RecordWriterTest, AnUnwritableDirectoryIsComplainedOf) {
    const std::string locked = dir_ / "locked";
    mkdir(locked.c_str(), 0555);
    const pid_t child = fork();
    if (child == 0) {
        if (getuid() == 0 && setresuid(65534, 65534, 65534) != 0) _exit(77);
        writer_.begin(with_directory(locked), complaints_, true, false);
        const bool said = complaints_.view().find("EACCES") != std::string_view::npos;
        _exit(said && !writer_.in_file() ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "can't become another user";
    // /tmp/morpharena-unit-... itself is closed to other users, which is EACCES just as well.
    EXPECT_EQ(status, 0);
}

TEST_F(RecordWriterTest, ATooLongPathIsComplainedOf) {
    writer_.begin(with_directory("/" + std::string(4090, 'x')), complaints_, true, false);
    EXPECT_THAT(std::string(complaints_.view()), HasSubstr("too long"));
}

TEST_F(RecordWriterTest, ARelativeDirectoryIsWhereItWasAtTheStart) {
    const std::filesystem::path home = std::filesystem::current_path();
    std::filesystem::current_path(dir_.path());
    mkdir("records", 0755);
    writer_.begin(with_directory("records"), complaints_, true, false);
    std::filesystem::current_path("/");
    for (std::size_t i = 0; i <= kSlotsPerChunk; ++i)
        EXPECT_NE(writer_.new_slot(), nullptr) << "grows from elsewhere";
    std::filesystem::current_path(home);
    EXPECT_EQ(complaints_.view(), "");
}

TEST_F(RecordWriterTest, AForkChildBeginsAnew) {
    writer_.begin(with_directory(dir_.path()), complaints_, true, false);
    writer_.new_slot()->bytes_asked.set(5);
    const pid_t child = fork();
    if (child == 0) {
        writer_.begin(with_directory(dir_.path()), complaints_, true, true);
        writer_.new_slot()->bytes_asked.set(9);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_EQ(dir_.entries().size(), 2u);
    for (const auto& path : dir_.entries()) {
        const OnDisk disk(path);
        const bool is_child = disk.view.header->pid == child;
        EXPECT_EQ(disk.view.header->forked, is_child ? 1u : 0u);
        EXPECT_EQ(disk.view.threads.bytes_asked.get(), is_child ? 9u : 5u);
    }
}

TEST_F(RecordWriterTest, SamplesAndFinishes) {
    writer_.begin(with_directory(dir_.path()), complaints_, true, false);
    writer_.sample();
    const ProcessCounters& process = writer_.header().process;
    EXPECT_GT(process.minor_faults.get(), 0u);
    EXPECT_GT(process.peak_rss.get(), 0u);
    EXPECT_EQ(writer_.header().end_ns, 0u);
    writer_.finish();
    EXPECT_EQ(writer_.header().state, RecordState::exited);
    EXPECT_GE(writer_.header().end_ns, writer_.header().start_ns);
}

TEST_F(RecordWriterTest, ShowsLaterComplaints) {
    writer_.begin(with_directory(dir_.path()), complaints_, true, false);
    complaints_.add("MORPHARENA_STATS", "/x", "can't be written");
    writer_.show(complaints_);
    const OnDisk disk(dir_.entries()[0]);
    EXPECT_EQ(complaints_of(*disk.view.header), "MORPHARENA_STATS: '/x' can't be written\n");
}

}  // namespace
}  // namespace morpharena
