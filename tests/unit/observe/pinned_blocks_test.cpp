#include "core/observe/pinned_blocks.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace morpharena {
namespace {

using Rows = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

Rows rows_of(const PinnedBlocks& blocks) {
    Rows rows;
    for (const PinnedBlock& row : blocks.rows()) {
        if (row.bytes.get() != 0) rows.emplace_back(row.bytes.get(), row.objects.get());
    }
    return rows;
}

TEST(PinnedBlocks, TheLargestComesFirstAndOfOneSizeTheFullest) {
    PinnedBlocks blocks;
    EXPECT_EQ(rows_of(blocks), Rows{});
    blocks.note(64, 3);
    blocks.note(128, 1);
    blocks.note(64, 9);
    EXPECT_EQ(rows_of(blocks), (Rows{{128, 1}, {64, 9}, {64, 3}}));
}

TEST(PinnedBlocks, WhatIsSmallestIsDropped) {
    PinnedBlocks blocks;
    for (std::uint64_t i = 1; i <= 20; ++i) blocks.note(64, i * 7 % 20);
    Rows expected;
    for (std::uint64_t i = 0; i < PinnedBlocks::kShown; ++i) expected.emplace_back(64, 19 - i);
    EXPECT_EQ(rows_of(blocks), expected);
    blocks.note(64, 0);
    EXPECT_EQ(rows_of(blocks), expected);
}

TEST(PinnedBlocks, ClearForgetsThemAll) {
    PinnedBlocks blocks;
    blocks.note(64, 3);
    blocks.clear();
    EXPECT_EQ(rows_of(blocks), Rows{});
}

}  // namespace
}  // namespace morpharena
