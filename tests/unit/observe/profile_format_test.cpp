#include "core/observe/profile_format.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <type_traits>

namespace morpharena {
namespace {

TEST(ProfileFormat, WhatStandsFirstStaysFirst) {
    // A reader of another version finds magic, version and size where they are now.
    EXPECT_EQ(offsetof(ProfileHeader, magic), 0u);
    EXPECT_EQ(offsetof(ProfileHeader, version), 8u);
    EXPECT_EQ(offsetof(ProfileHeader, header_bytes), 12u);
    EXPECT_EQ(offsetof(ProfileHeader, interval), 16u);
    EXPECT_EQ(offsetof(ProfileModule, entry), 0u);
    EXPECT_EQ(offsetof(ProfileSite, entry), 0u);
}

TEST(ProfileFormat, CanLieInAFile) {
    EXPECT_TRUE(std::is_standard_layout_v<ProfileHeader> && std::is_trivially_copyable_v<ProfileHeader>);
    EXPECT_TRUE(std::is_standard_layout_v<ProfileModule> && std::is_trivially_copyable_v<ProfileModule>);
    EXPECT_TRUE(std::is_standard_layout_v<ProfileSite> && std::is_trivially_copyable_v<ProfileSite>);
    EXPECT_EQ(kProfileHeaderBytes % 4096, 0u) << "chunks are mapped from there";
}

TEST(ProfileFormat, FramesKeepBothParts) {
    const ProfileFrame frame = make_frame(7, 0x1234'5678'9abc);
    EXPECT_EQ(frame_module(frame), 7u);
    EXPECT_EQ(frame_offset(frame), 0x1234'5678'9abcu);
    EXPECT_EQ(frame_module(make_frame(kNoModule, 1)), kNoModule);
    EXPECT_EQ(frame_module(make_frame(3, ~std::uint64_t{0})), 3u) << "an offset never reaches the module";
}

TEST(ProfileFormat, LifetimesByPowersOfTwo) {
    EXPECT_EQ(lifetime_class(0), 0u);
    EXPECT_EQ(lifetime_class(1), 1u);
    EXPECT_EQ(lifetime_class(2), 2u);
    EXPECT_EQ(lifetime_class(3), 2u);
    EXPECT_EQ(lifetime_class(4), 3u);
    EXPECT_EQ(lifetime_class((1u << 20) - 1), 20u);
    EXPECT_EQ(lifetime_class(1u << 20), 21u);
    EXPECT_EQ(lifetime_class(~std::uint64_t{0}), kLifetimeClasses - 1);
}

}  // namespace
}  // namespace morpharena
