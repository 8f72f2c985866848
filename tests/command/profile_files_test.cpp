// Profiles beside their records, as processes leave them: good, damaged, and absent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/support/profile_file.h"
#include "tests/unit/support/record_file.h"
#include "tests/unit/support/temp_dir.h"
#include "tools/profile_files.h"

namespace morpharena::tool {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ProfileFiles : public ::testing::Test {
  protected:
    void add_record(const std::string& name, std::int32_t pid, bool bypassed = false,
                    const std::string& complaint = "") {
        morpharena::test::RecordFile record(0);
        record.header().pid = pid;
        record.header().parent = 7;
        record.header().start_ns = static_cast<std::uint64_t>(pid);
        record.header().bypassed = bypassed;
        std::strcpy(record.header().executable.data(), ("/bin/" + name).c_str());
        std::memcpy(record.header().complaints.data(), complaint.data(), complaint.size());
        record.header().complaints_bytes = static_cast<std::uint32_t>(complaint.size());
        write(name + kRecordSuffix, record.bytes());
    }
    void write(const std::string& name, std::span<const std::byte> bytes) const {
        morpharena::test::write_file(directory_ / name,
                                     {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    }
    ProfileRead read() {
        Symbolizer symbolizer;
        return read_profiles(read_records(record_files(directory_.path())), symbolizer);
    }

  private:
    morpharena::test::TempDir directory_;
};

TEST_F(ProfileFiles, SitesBecomeStacksOfCalls) {
    add_record("good", 1);
    morpharena::test::ProfileFile file(4096);
    file.add_chunk();
    file.add_module("/nowhere/at/all");
    const auto& first =
        file.add_site({make_frame(0, 0x1001), make_frame(0, 0x2001), make_frame(kNoModule, 0x7f01)}, 500);
    auto& site = file.at<ProfileSite>(first);
    site.samples = 5;
    site.objects = 50;
    site.bytes_variance = 100;
    site.live_bytes = 100;
    site.peak_epoch = 1;
    site.peak_bytes = 300;
    site.lifetimes[0] = 10;
    site.lifetimes[20] = 90;   // below 1 MiB
    site.lifetimes[21] = 400;  // from 1 MiB
    site.died_newest = -1e-9;  // what rounding leaves
    file.at<ProfileSite>(file.add_site({make_frame(0, 0x1001)}, 7)).flags = kSiteNotUnwound;
    file.at<ProfileSite>(file.add_site({make_frame(0, 0x1001)}, 8)).flags = kSiteCut;
    file.add_site({}, 9);
    file.header().samples = 8;
    file.header().sites = 4;
    file.header().modules = 1;
    file.header().samples_not_unwound = 2;
    file.header().samples_lost_full = 3;
    file.header().samples_lost_busy = 4;
    file.header().clock = 123456;
    write("good.profile", file.bytes());
    const ProfileRead got = read();
    EXPECT_THAT(got.damaged, IsEmpty());
    ASSERT_THAT(got.profile.processes, SizeIs(1));
    const ProfiledProcess& process = got.profile.processes[0];
    EXPECT_EQ(process.problem, "");
    EXPECT_EQ(process.program, "good");
    EXPECT_EQ(process.parent, 7);
    EXPECT_EQ(process.interval, 4096u);
    EXPECT_EQ(process.lost, 7u);
    EXPECT_EQ(process.not_unwound, 2u);
    EXPECT_DOUBLE_EQ(process.clock, 123456);
    ASSERT_THAT(process.sites, SizeIs(4));
    const CallSite& whole = process.sites[0];
    EXPECT_EQ(whole.end, StackEnd::whole);
    ASSERT_THAT(whole.stack, SizeIs(3));
    const NamedCall& call = got.profile.calls[whole.stack[0]];
    EXPECT_EQ(call.address, 0x1000u);  // of the call, not of the return
    EXPECT_EQ(got.profile.functions[call.frames[0].function].name, "all+0x1000");
    EXPECT_THAT(got.profile.modules[call.module].origin, HasSubstr("gone"));
    EXPECT_THAT(got.profile.modules[call.module].build_id, HasSubstr("abab"));
    const NamedCall& nowhere = got.profile.calls[whole.stack[2]];
    EXPECT_EQ(got.profile.functions[nowhere.frames[0].function].name, "[no file]");
    EXPECT_DOUBLE_EQ(whole.figures.bytes.variance, 100);
    EXPECT_DOUBLE_EQ(whole.figures.peak.value, 300);
    EXPECT_DOUBLE_EQ(whole.figures.young.value, 100);
    EXPECT_DOUBLE_EQ(whole.figures.young.variance, 20);  // the share of the bytes' own
    EXPECT_DOUBLE_EQ(whole.figures.died_newest, 0);
    EXPECT_EQ(process.sites[1].stack, std::vector{whole.stack[0]});  // named once
    EXPECT_EQ(process.sites[1].end, StackEnd::not_unwound);
    EXPECT_EQ(process.sites[2].end, StackEnd::cut);
    EXPECT_EQ(process.sites[3].end, StackEnd::not_unwound);
    EXPECT_DOUBLE_EQ(process.sites[2].figures.peak.value, 0);  // as live, since it has not changed
}

TEST_F(ProfileFiles, OneModuleOfTwoProcessesIsOne) {
    for (const char* name : {"a", "b"}) {
        add_record(name, *name);
        morpharena::test::ProfileFile file;
        file.add_chunk();
        file.add_module("/nowhere");
        file.add_site({make_frame(0, 0x1001)}, 1);
        file.header().sites = file.header().modules = 1;
        write(std::string(name) + ".profile", file.bytes());
    }
    const ProfileRead got = read();
    EXPECT_THAT(got.profile.processes, SizeIs(2));
    EXPECT_THAT(got.profile.modules, SizeIs(1));
    EXPECT_THAT(got.profile.calls, SizeIs(1));
}

TEST_F(ProfileFiles, AProcessWithoutOneSaysWhy) {
    add_record("a", 1);
    add_record("b", 2, true);
    add_record("c", 3, false,
               "MORPHARENA_MODE: x\nMORPHARENA_PROFILE: the profile can't be taken (no dlopen)\n");
    const ProfileRead got = read();
    EXPECT_THAT(got.damaged, IsEmpty());
    ASSERT_THAT(got.profile.processes, SizeIs(3));
    EXPECT_THAT(got.profile.processes[0].problem, HasSubstr("MORPHARENA_PROFILE"));
    EXPECT_EQ(got.profile.processes[1].problem, "brought a malloc of its own");
    EXPECT_EQ(got.profile.processes[2].problem, "MORPHARENA_PROFILE: the profile can't be taken (no dlopen)");
}

TEST_F(ProfileFiles, DamageIsToldAndTheRestIsRead) {
    add_record("a", 1);
    add_record("b", 2);
    morpharena::test::ProfileFile file;
    write("a.profile", file.bytes().first(1000));
    write("b.profile", file.bytes());
    const ProfileRead got = read();
    ASSERT_THAT(got.damaged, SizeIs(1));
    EXPECT_THAT(got.damaged[0], HasSubstr("a.profile: is cut off"));
    EXPECT_THAT(got.profile.processes[0].problem, HasSubstr("cut off"));
    EXPECT_EQ(got.profile.processes[1].problem, "");
}

}  // namespace
}  // namespace morpharena::tool
