#include "profile/sites.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "core/observe/profile_reader.h"
#include "tests/unit/support/temp_dir.h"

namespace morpharena::profile {
namespace {

Weight exactly(double bytes) {
    return {1, 0, bytes, 0};
}

Stack stack_of(std::uint64_t number, std::size_t depth) {
    Stack stack{};
    for (std::size_t i = 0; i < depth; ++i) stack.frames[i] = make_frame(kNoModule, number + i);
    stack.count = depth;
    stack.hash = number * 0x9e3779b97f4a7c15u;
    return stack;
}

class SitesTest : public testing::Test {
  protected:
    SitesTest() {
        EXPECT_EQ(file_.create(path_.c_str()), 0);
        ProfileHeader& header = file_.header();
        header.magic = kProfileMagic;
        header.version = kProfileVersion;
        header.header_bytes = kProfileHeaderBytes;
        header.interval = 1;
        header.peak_epoch = 1;
    }

    test::TempDir dir_;
    std::string path_ = dir_ / "a.profile";
    ProfileFile file_;
    Sites sites_;
};

TEST_F(SitesTest, AStackIsOneSiteAndTheFileGrowsWithThem) {
    std::vector<ProfileSite*> made;
    for (std::uint64_t i = 0; i < 5000; ++i)
        made.push_back(sites_.intern(stack_of(i, 1 + i % kMostFrames), file_));
    for (std::uint64_t i = 0; i < 5000; ++i) {
        ASSERT_NE(made[i], nullptr);
        EXPECT_EQ(sites_.intern(stack_of(i, 1 + i % kMostFrames), file_), made[i]);
    }
    Stack other = stack_of(7, 8);
    other.frames[3] += 1;  // of the same hash
    EXPECT_NE(sites_.intern(other, file_), made[7]);
    const std::string text = test::contents(path_);
    std::vector<std::uint64_t> words(text.size() / 8);
    text.copy(reinterpret_cast<char*>(words.data()), text.size());
    ProfileView view;
    ASSERT_EQ(read_profile(std::as_bytes(std::span(words)), view).text(), "");
    EXPECT_EQ(view.sites(), 5001u);
    std::size_t number = 0;
    view.for_each_site([&](const ProfileSite&, std::span<const ProfileFrame> frames) {
        if (number < 5000) {
            EXPECT_EQ(frames[0], make_frame(kNoModule, number));
        }
        ++number;
    });
}

// Against a walk over all sites at every new peak.
TEST_F(SitesTest, ThePeakOfEachSiteAgainstAModel) {
    constexpr int kSites = 20;
    std::mt19937 random(1);
    for (int round = 0; round < 30; ++round) {
        std::vector<ProfileSite> sites(kSites);
        std::vector<std::pair<int, int>> live;  // site, bytes
        std::vector<double> now(kSites);
        std::vector<double> at_peak(kSites);
        double total = 0;
        double peak = 0;
        ProfileHeader header{};
        header.peak_epoch = 1;
        for (int i = 0; i < 2000; ++i) {
            const bool frees = !live.empty() && random() % 100 < (i / 200 % 2 ? 60u : 45u);
            if (frees) {
                const std::size_t which = random() % live.size();
                const auto [site, bytes] = live[which];
                live.erase(live.begin() + static_cast<std::ptrdiff_t>(which));
                count_freed(header, sites[static_cast<std::size_t>(site)], exactly(bytes), {0, true, false});
                now[static_cast<std::size_t>(site)] -= bytes;
                total -= bytes;
            } else {
                const int site = static_cast<int>(random() % kSites);
                const int bytes =
                    static_cast<int>(random() % 4 * 100);  // equal sums come often, and nothing at all
                live.emplace_back(site, bytes);
                count_made(header, sites[static_cast<std::size_t>(site)], exactly(bytes));
                now[static_cast<std::size_t>(site)] += bytes;
                total += bytes;
                if (total > peak) {
                    peak = total;
                    at_peak = now;
                }
            }
            ASSERT_EQ(header.live_bytes, total);
            ASSERT_EQ(header.peak_bytes, peak);
            for (std::size_t site = 0; site < kSites; ++site) {
                ASSERT_EQ(peak_of(header, sites[site]).bytes, at_peak[site])
                    << "round " << round << ", event " << i;
            }
        }
    }
}

TEST_F(SitesTest, ADeathIsToldByThreadPlaceAndAge) {
    ProfileHeader header{};
    ProfileSite site{};
    for (int i = 0; i < 3; ++i) count_made(header, site, exactly(100));
    count_freed(header, site, exactly(100), {0, true, true});
    count_freed(header, site, exactly(100), {5000, false, false});
    EXPECT_EQ(site.freed_same_thread, 100);
    EXPECT_EQ(site.freed_other_thread, 100);
    EXPECT_EQ(site.died_newest, 100);
    EXPECT_EQ(site.lifetimes[0], 100);
    EXPECT_EQ(site.lifetimes[13], 100) << "from 4096 to 8191";
    EXPECT_EQ(site.live_samples, 1u);
    EXPECT_EQ(site.live_bytes, 100);
}

}  // namespace
}  // namespace morpharena::profile
