#include "core/observe/profile_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tests/unit/support/profile_file.h"

namespace morpharena {
namespace {

using test::ProfileFile;
using testing::ElementsAre;
using testing::HasSubstr;

std::string error_of(std::span<const std::byte> bytes) {
    ProfileView view;
    return std::string(read_profile(bytes, view).text());
}

// Two modules and three sites in two chunks.
struct Sample {
    ProfileFile file;
    std::size_t chunk = file.add_chunk();
    std::size_t program = file.add_module("/bin/program");
    std::size_t first = file.add_site({make_frame(0, 0x10), make_frame(kNoModule, 0x7f00)}, 100);
    std::size_t second_chunk = file.add_chunk(8192);
    std::size_t library = file.add_module("/lib/library.so");
    std::size_t second = file.add_site({make_frame(1, 0x20), make_frame(0, 0x30)}, 200);
    std::size_t third = file.add_site({}, 300);
};

TEST(ProfileReader, FindsModulesAndSites) {
    Sample sample;
    ProfileView view;
    ASSERT_EQ(read_profile(sample.file.bytes(), view).text(), "");
    EXPECT_EQ(view.modules(), 2u);
    EXPECT_EQ(view.sites(), 3u);
    std::vector<std::string> paths;
    view.for_each_module([&](const ProfileModule& module, std::string_view path, auto build_id) {
        EXPECT_EQ(module.index, paths.size());
        EXPECT_EQ(build_id.size(), 20u);
        EXPECT_EQ(build_id[19], 0xab);
        paths.emplace_back(path);
    });
    EXPECT_THAT(paths, ElementsAre("/bin/program", "/lib/library.so"));
    std::vector<double> bytes;
    std::vector<std::size_t> depths;
    view.for_each_site([&](const ProfileSite& site, std::span<const ProfileFrame> frames) {
        bytes.push_back(site.bytes);
        depths.push_back(frames.size());
    });
    EXPECT_THAT(bytes, ElementsAre(100, 200, 300));
    EXPECT_THAT(depths, ElementsAre(2, 2, 0));
}

TEST(ProfileReader, AFileThatHasGrownButHoldsNothingThereIsGood) {
    Sample sample;
    std::vector<std::uint64_t> words(sample.file.bytes().size() / 8 + 512);
    std::memcpy(words.data(), sample.file.bytes().data(), sample.file.bytes().size());
    ProfileView view;
    ASSERT_EQ(read_profile(std::as_bytes(std::span(words)), view).text(), "");
    EXPECT_EQ(view.sites(), 3u);
    EXPECT_EQ(error_of(ProfileFile().bytes()), "") << "no chunk at all";
}

TEST(ProfileReader, EveryTruncationIsSeenOrLosesWholeChunks) {
    Sample sample;
    const auto bytes = sample.file.bytes();
    for (std::size_t length = 0; length < bytes.size(); length += 8) {
        const bool between = length == kProfileHeaderBytes || length == sample.second_chunk;
        EXPECT_EQ(error_of(bytes.first(length)) == "", between) << length;
    }
    EXPECT_THAT(error_of(bytes.first(100)), HasSubstr("cut off"));
    EXPECT_THAT(error_of(bytes.first(bytes.size() - 8)), HasSubstr("cut off"));
}

TEST(ProfileReader, NamesWhatIsWrongWithTheHeader) {
    Sample sample;
    sample.file.header().magic[0] = 'x';
    EXPECT_THAT(error_of(sample.file.bytes()), HasSubstr("is not a profile"));
    sample.file.header().magic = kProfileMagic;
    sample.file.header().version = 2;
    EXPECT_THAT(error_of(sample.file.bytes()), HasSubstr("another version"));
    sample.file.header().version = kProfileVersion;
    sample.file.header().interval = 0;
    EXPECT_THAT(error_of(sample.file.bytes()), HasSubstr("interval of 0"));
    sample.file.header().interval = 1;
    sample.file.header().bytes = std::numeric_limits<double>::quiet_NaN();
    EXPECT_THAT(error_of(sample.file.bytes()), HasSubstr("no number"));
}

// Each damages one thing of a good file, and says where it is and what the error is to name.
struct Damage {
    void (*inflict)(Sample&);
    std::size_t Sample::*where;
    const char* words;
};

TEST(ProfileReader, NamesWhatIsWrongWithAnEntryAndWhere) {
    const Damage all[] = {
        {[](Sample& s) { s.file.at<ProfileChunk>(s.second_chunk).magic[3] = '!'; }, &Sample::second_chunk,
         "no chunk"},
        {[](Sample& s) { s.file.at<ProfileChunk>(s.second_chunk).bytes = 1 << 20; }, &Sample::second_chunk,
         "behind the file's end"},
        {[](Sample& s) { s.file.at<ProfileChunk>(s.second_chunk).bytes = 0; }, &Sample::second_chunk,
         "length can't be"},
        {[](Sample& s) { s.file.at<ProfileChunk>(s.second_chunk).used = 8193; }, &Sample::second_chunk,
         "length can't be"},
        {[](Sample& s) { s.file.at<ProfileEntry>(s.second).bytes = 0; }, &Sample::second, "length can't be"},
        {[](Sample& s) { s.file.at<ProfileEntry>(s.second).bytes = 0xfffffff8; }, &Sample::second,
         "length can't be"},
        {[](Sample& s) { s.file.at<ProfileEntry>(s.second).kind = ProfileKind{9}; }, &Sample::second,
         "neither a module nor a site"},
        {[](Sample& s) { s.file.at<ProfileSite>(s.second).frame_count = 3; }, &Sample::second, "frames"},
        {[](Sample& s) { s.file.at<ProfileSite>(s.second).frame_count = 0xffffffff; }, &Sample::second,
         "frames"},
        {[](Sample& s) {
             s.file.at<ProfileSite>(s.second).lifetimes[5] = std::numeric_limits<double>::infinity();
         },
         &Sample::second, "no number"},
        {[](Sample& s) { s.file.at<ProfileModule>(s.library).index = 0; }, &Sample::library, "out of order"},
        {[](Sample& s) { s.file.at<ProfileModule>(s.library).path_bytes = 17; }, &Sample::library, "path"},
        {[](Sample& s) { s.file.at<ProfileModule>(s.library).build_id_bytes = 33; }, &Sample::library,
         "build-id"},
        {[](Sample& s) { s.file.at<ProfileModule>(s.library).end = 0; }, &Sample::library, "ends before"},
    };
    for (const Damage& damage : all) {
        Sample sample;
        damage.inflict(sample);
        const std::string error = error_of(sample.file.bytes());
        EXPECT_THAT(error, HasSubstr("at byte " + std::to_string(sample.*damage.where) + " "))
            << damage.words;
        EXPECT_THAT(error, HasSubstr(damage.words));
    }
}

TEST(ProfileReader, AFrameNamesAModuleThatWasThereBefore) {
    Sample sample;
    const std::size_t frame = sample.first + sizeof(ProfileSite);
    sample.file.at<ProfileFrame>(frame) = make_frame(1, 0);
    EXPECT_EQ(error_of(sample.file.bytes()),
              "at byte " + std::to_string(frame) + " has a frame in a module that is not there");
}

TEST(ProfileReader, RandomDamageIsSeenOrHarmless) {
    std::mt19937 random(1);
    for (int round = 0; round < 20'000; ++round) {
        Sample sample;
        for (int i = 0; i < 3; ++i) {
            const std::size_t at = random() % (sample.file.bytes().size() / 4) * 4;
            sample.file.at<std::uint32_t>(at) =
                static_cast<std::uint32_t>(random() % 3 == 0 ? random() : random() % 64);
        }
        ProfileView view;
        if (read_profile(sample.file.bytes(), view)) continue;
        std::size_t touched = 0;
        view.for_each_module([&](const ProfileModule&, std::string_view path, auto build_id) {
            for (const char character : path) touched += character != '\0';
            for (const std::uint8_t byte : build_id) touched += byte;
        });
        view.for_each_site([&](const ProfileSite& site, std::span<const ProfileFrame> frames) {
            touched += peak_of(view.header(), site).bytes >= 0;
            for (const ProfileFrame frame : frames) {
                EXPECT_TRUE(frame_module(frame) < view.modules() || frame_module(frame) == kNoModule);
            }
        });
        EXPECT_LE(view.unwinder().size(), 32u);
        EXPECT_GT(touched, 0u);
    }
}

TEST(ProfileReader, ThePeakIsWhatWasKeptThenOrWhatStillStands) {
    ProfileHeader header{};
    header.peak_epoch = 3;
    ProfileSite site{};
    site.live_bytes = 10;
    site.live_variance = 1;
    site.peak_bytes = 50;
    site.peak_variance = 2;
    site.peak_epoch = 2;
    EXPECT_EQ(peak_of(header, site).bytes, 10) << "not touched since the peak";
    site.peak_epoch = 3;
    EXPECT_EQ(peak_of(header, site).bytes, 50);
    EXPECT_EQ(peak_of(header, site).variance, 2);
    site.peak_bytes = -1e-9;
    EXPECT_EQ(peak_of(header, site).bytes, 0);
}

}  // namespace
}  // namespace morpharena
