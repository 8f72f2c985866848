#include "core/observe/record.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <type_traits>

namespace morpharena {
namespace {

TEST(Record, SlotsTilePages) {
    EXPECT_EQ(kRecordHeaderBytes % 4096, 0u) << "slots are mapped from here";
    EXPECT_EQ(kSlotsPerChunk * kSlotBytes % 4096, 0u) << "every chunk is mapped by itself";
    EXPECT_EQ(kSlotBytes % alignof(ThreadCounters), 0u);
    EXPECT_GE(kSlotBytes, sizeof(ThreadCounters));
    EXPECT_GE(kRecordHeaderBytes, sizeof(RecordHeader));
}

TEST(Record, WhatStandsFirstStaysFirst) {
    // A reader of another version finds magic, version and sizes where they are now.
    EXPECT_EQ(offsetof(RecordHeader, magic), 0u);
    EXPECT_EQ(offsetof(RecordHeader, version), 8u);
    EXPECT_EQ(offsetof(RecordHeader, header_bytes), 12u);
    EXPECT_EQ(offsetof(RecordHeader, layout_hash), 16u);
    EXPECT_EQ(offsetof(RecordHeader, slot_bytes), 24u);
    EXPECT_EQ(offsetof(RecordHeader, slots_used), 28u);
}

TEST(Record, CanLieInAFile) {
    EXPECT_TRUE(std::is_standard_layout_v<RecordHeader>);
    EXPECT_TRUE(std::is_trivially_destructible_v<RecordHeader>);
    EXPECT_TRUE(std::atomic<RecordState>::is_always_lock_free);
    EXPECT_TRUE(std::atomic<std::uint64_t>::is_always_lock_free);
}

TEST(Record, ComplaintsFitWhatTheConfigCollects) {
    EXPECT_EQ(sizeof(RecordHeader::complaints), 2044u) << "Complaints' buffer in config.h is as large";
}

}  // namespace
}  // namespace morpharena
