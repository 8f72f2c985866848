// Discovery and summary of records, good ones and damaged ones.
#include "tools/records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "core/observe/record.h"
#include "tests/unit/support/record_file.h"
#include "tests/unit/support/temp_dir.h"
#include "tools/exit_code.h"
#include "tools/json_parts.h"
#include "tools/process_table.h"
#include "tools/process_tree.h"
#include "tools/run_directory.h"

namespace morpharena::tool {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class RecordsTest : public testing::Test {
  protected:
    fs::path file(const std::string& name) const { return directory_ / (name + kRecordSuffix); }

    test::TempDir folder_;
    fs::path directory_ = folder_.path();
};

// A whole record with one slot, of a process that has ended.
struct OneRecord : test::RecordFile {
    OneRecord() : RecordFile(1) {
        header().pid = 4'190'000;  // above pid_max's default: nobody alive
        header().start_ticks = 77;
        header().state = RecordState::exited;
        name("/usr/lib/gcc/cc1");
    }
    void name(const char* executable) {
        header().executable.fill('\0');
        std::strncpy(header().executable.data(), executable, header().executable.size() - 1);
    }
    // `count` objects of 64 bytes.
    void objects(std::uint64_t count) {
        slot(0).small_objects[4].set(count);
        slot(0).bytes_asked.set(64 * count);
    }
    std::string text() const { return {reinterpret_cast<const char*>(bytes().data()), bytes().size()}; }
    void write(const fs::path& path) const { test::write_file(path, text()); }
};

TEST_F(RecordsTest, ReadsWhatARecordSays) {
    OneRecord record;
    record.objects(1000);
    record.header().process.peak_rss.set(5 << 20);
    record.write(file("4190000-77-0"));
    const Records records = read_records(record_files(directory_));
    EXPECT_THAT(records.damaged, IsEmpty());
    ASSERT_THAT(records.processes, SizeIs(1));
    const ProcessRecord& process = records.processes.front();
    EXPECT_EQ(process.program, "cc1");
    EXPECT_EQ(process.pid, 4'190'000);
    EXPECT_EQ(process.mode, "arena");
    EXPECT_EQ(process.derived.objects, 1000u);
    EXPECT_EQ(process.derived.payload, 64'000u);
    EXPECT_EQ(process.peak_rss, 5u << 20);
    EXPECT_EQ(process.ending, Ending::exited);
}

TEST_F(RecordsTest, DamagedFilesAreNamedAndTheRestIsRead) {
    OneRecord good;
    good.write(file("good"));
    test::write_file(file("cut"), good.text().substr(0, 5000));
    test::write_file(file("empty"), "");
    test::write_file(file("text"), std::string(20'000, 'x'));
    OneRecord newer;
    newer.header().version = kRecordVersion + 1;
    newer.write(file("newer"));
    OneRecord lying;  // says that it has more slots than the file has room for
    lying.header().slots_used = 1'000'000;
    lying.write(file("lying"));
    OneRecord other;
    other.header().layout_hash ^= 1;
    other.write(file("other"));
    fs::create_directory(file("folder"));
    ASSERT_EQ(::mkfifo(file("pipe").c_str(), 0600), 0);
    fs::create_symlink("/nonexistent/record", file("link"));

    const Records records = read_records(record_files(directory_));
    ASSERT_THAT(records.processes, SizeIs(1));
    EXPECT_EQ(records.processes.front().file, file("good"));
    ASSERT_THAT(records.damaged, SizeIs(8));
    for (const char* name : {"cut", "text", "newer", "lying", "other", "folder", "pipe", "link"}) {
        EXPECT_THAT(records.damaged, testing::Contains(HasSubstr(file(name).string()))) << name;
    }
    EXPECT_THAT(records.not_begun, testing::ElementsAre(HasSubstr(file("empty").string())));
    EXPECT_THAT(records.damaged, testing::Contains(testing::AllOf(HasSubstr("newer"), HasSubstr("version"))));
}

TEST_F(RecordsTest, AnExecChainIsOneProcess) {
    OneRecord first, second, last;
    first.header().state = RecordState::running;
    second.header().state = RecordState::running;
    second.header().serial = 1;
    last.header().serial = 2;
    first.header().start_ns = 10;
    second.header().start_ns = 20;
    last.header().start_ns = 30;
    last.write(file("a"));
    second.write(file("b"));
    first.write(file("c"));
    const Records records = read_records(record_files(directory_));
    ASSERT_THAT(records.processes, SizeIs(3));
    EXPECT_EQ(records.processes[0].ending, Ending::replaced);
    EXPECT_EQ(records.processes[1].ending, Ending::replaced);
    EXPECT_EQ(records.processes[2].ending, Ending::exited);
}

TEST_F(RecordsTest, TheSamePidAtAnotherTimeIsAnotherProcess) {
    OneRecord killed, namesake;
    killed.header().state = RecordState::running;
    namesake.header().start_ticks = 78;
    namesake.header().serial = 1;
    killed.write(file("a"));
    namesake.write(file("b"));
    const Records records = read_records(record_files(directory_));
    ASSERT_THAT(records.processes, SizeIs(2));
    EXPECT_EQ(records.processes[0].ending, Ending::unannounced);
}

TEST_F(RecordsTest, ALivingProcessIsRunning) {
    OneRecord record;
    record.header().state = RecordState::running;
    record.header().pid = ::getpid();
    record.header().start_ticks = stat_of(::getpid())->start_ticks;
    record.write(file("a"));
    EXPECT_EQ(read_records(record_files(directory_)).processes.at(0).ending, Ending::running);
    record.header().start_ticks -= 1;  // somebody who had our pid before us
    record.write(file("a"));
    EXPECT_EQ(read_records(record_files(directory_)).processes.at(0).ending, Ending::unannounced);
}

TEST_F(RecordsTest, AProgramsNameCannotReachTheTerminal) {
    OneRecord record;
    record.name("/bin/\x1b]0;owned\x07");
    record.write(file("a"));
    const Records records = read_records(record_files(directory_));
    const std::string table = process_table(records.processes).text(false);
    EXPECT_EQ(table.find('\x1b'), std::string::npos);
    EXPECT_THAT(table, HasSubstr("\\x1b]0;owned"));
}

TEST_F(RecordsTest, ReportsOfAllProcessesMakeOneJsonDocument) {
    OneRecord record;
    record.objects(10);
    record.name("/bin/\xff\"odd\x01");
    record.write(file("a"));
    record.header().serial = 1;
    record.write(file("b"));
    const Records records = read_records(record_files(directory_));
    const Json document = Json::parse(with_processes({{"schema", "test"}}, records.processes));
    EXPECT_EQ(document["schema"], "test");
    ASSERT_EQ(document["processes"].size(), 2u);
    EXPECT_EQ(document["processes"][0]["file"], file("a").string());
    EXPECT_EQ(document["processes"][0]["ending"], "exit");
    EXPECT_EQ(document["processes"][0]["summary"]["objects"], 10);
    EXPECT_EQ(Json::parse(with_processes({{"schema", "test"}}, {}))["processes"], Json::array());
}

TEST(ByProgram, SumsCountsAndKeepsTheLargestOfPeaks) {
    std::vector<ProcessRecord> processes(3);
    processes[0].program = processes[1].program = "cc1";
    processes[2].program = "as";
    processes[0].derived.objects = 5;
    processes[1].derived.objects = 7;
    processes[0].derived.payload = 100;
    processes[1].derived.payload = 50;
    processes[2].derived.payload = 400;
    processes[0].derived.held = 120;
    processes[1].derived.held = 60;
    processes[0].derived.live_peak = 10;
    processes[1].derived.live_peak = 30;
    const auto totals = by_program(processes);
    ASSERT_THAT(totals, SizeIs(2));
    EXPECT_EQ(totals[0].program, "as");
    EXPECT_EQ(totals[1].processes, 2u);
    EXPECT_EQ(totals[1].objects, 12u);
    EXPECT_EQ(totals[1].held, 180u);
    EXPECT_EQ(totals[1].largest_held, 120u);
    EXPECT_EQ(totals[1].largest_live_peak, 30u);
}

TEST_F(RecordsTest, ANamedRunDirectoryShowsOnlyWhatIsNew) {
    OneRecord record;
    record.write(file("old"));
    const RunDirectory directory = RunDirectory::named(directory_);
    record.write(file("new"));
    const Records records = directory.new_records();
    ASSERT_THAT(records.processes, SizeIs(1));
    EXPECT_EQ(records.processes.front().file.filename(), fs::path("new").concat(kRecordSuffix));
    EXPECT_THROW(RunDirectory::named((directory_ / "missing").string()), BadInput);
    EXPECT_THROW(RunDirectory::named(file("old").string()), BadInput);
}

TEST(RunDirectoryTemporary, GoesAwayWithItsContents) {
    fs::path path;
    {
        const RunDirectory directory = RunDirectory::temporary();
        path = directory.path();
        test::write_file(path / "x", "x");
        EXPECT_TRUE(fs::is_directory(path));
    }
    EXPECT_FALSE(fs::exists(path));
}

TEST(ParseStat, ReadsPastANameWithBracketsAndBlanks) {
    const auto stat = parse_stat("42 (a) R 1 (b) S 7 1 1 0 -1 0 1 2 3 4 5 6 7 8 20 0 1 0 12345 1 2\n");
    ASSERT_TRUE(stat);
    EXPECT_EQ(stat->state, 'S');
    EXPECT_EQ(stat->parent, 7);
    EXPECT_EQ(stat->start_ticks, 12345u);
    EXPECT_FALSE(parse_stat("42 (short) S 7"));
    EXPECT_FALSE(parse_stat(""));
}

}  // namespace
}  // namespace morpharena::tool
