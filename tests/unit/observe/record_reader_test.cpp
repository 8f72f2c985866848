#include "core/observe/record_reader.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "tests/unit/support/record_file.h"

namespace morpharena {
namespace {

using test::RecordFile;

RecordError read(std::span<const std::byte> bytes) {
    RecordView view;
    return read_record(bytes, view);
}

TEST(RecordReader, AddsTheSlotsUp) {
    RecordFile file(11);
    for (std::size_t i = 0; i < 11; ++i) {
        file.slot(i).bytes_asked.set(100 + i);
        file.slot(i).small_objects[3].set(i);
        file.slot(i).medium_objects[2].set(1);
        file.slot(i).medium_bytes[2].set(5000);
    }
    RecordView view;
    ASSERT_EQ(read_record(file.bytes(), view), RecordError::none);
    EXPECT_EQ(view.header, &file.header());
    EXPECT_EQ(view.threads.bytes_asked.get(), 11u * 100 + 55);
    EXPECT_EQ(view.threads.small_objects[3].get(), 55u);
    EXPECT_EQ(view.threads.medium_objects[2].get(), 11u);
    EXPECT_EQ(view.threads.medium_bytes[2].get(), 55'000u);
    EXPECT_EQ(view.derived.objects, 66u);
}

TEST(RecordReader, AViewCanBeUsedAgain) {
    RecordFile one(1);
    one.slot(0).bytes_asked.set(5);
    RecordFile none(0);
    RecordView view;
    ASSERT_EQ(read_record(one.bytes(), view), RecordError::none);
    ASSERT_EQ(read_record(none.bytes(), view), RecordError::none);
    EXPECT_EQ(view.threads.bytes_asked.get(), 0u);
}

TEST(RecordReader, UnusedSlotsAreNotCounted) {
    RecordFile file(3);
    file.header().slots_used = 1;
    file.slot(0).free_calls.set(1);
    file.slot(1).free_calls.set(100);
    RecordView view;
    ASSERT_EQ(read_record(file.bytes(), view), RecordError::none);
    EXPECT_EQ(view.threads.free_calls.get(), 1u);
}

TEST(RecordReader, RefusesEveryTruncation) {
    RecordFile file(2);
    for (std::size_t length = 1; length < file.bytes().size(); length += 97) {
        EXPECT_EQ(read(file.first(length)), RecordError::too_short) << length;
    }
    EXPECT_EQ(read(file.first(file.bytes().size() - 1)), RecordError::too_short);
    EXPECT_EQ(read(file.bytes()), RecordError::none);
}

TEST(RecordReader, RefusesWhatIsNoRecord) {
    RecordFile file(1);
    file.header().magic[7] = 'x';
    EXPECT_EQ(read(file.bytes()), RecordError::not_a_record);
    file.header().magic = kRecordMagic;
    file.header().version = kRecordVersion + 1;
    EXPECT_EQ(read(file.bytes()), RecordError::other_version);
    file.header().version = kRecordVersion;
    file.header().layout_hash ^= 1;
    EXPECT_EQ(read(file.bytes()), RecordError::other_layout);
    file.header().layout_hash ^= 1;
    file.header().slot_bytes = 64;
    EXPECT_EQ(read(file.bytes()), RecordError::other_layout);
    file.header().slot_bytes = kSlotBytes;
    file.header().header_bytes = 0;
    EXPECT_EQ(read(file.bytes()), RecordError::other_layout);
    file.header().header_bytes = kRecordHeaderBytes;
    file.header().slots_used = 0xffffffff;
    EXPECT_EQ(read(file.bytes()), RecordError::too_short);
}

TEST(RecordReader, TellsWhatWasNotBegun) {
    RecordFile file(1);
    EXPECT_EQ(read(file.first(0)), RecordError::not_begun);
    file.header().magic = {};
    for (const std::size_t length : {std::size_t{1}, std::size_t{8}, file.bytes().size()})
        EXPECT_EQ(read(file.first(length)), RecordError::not_begun) << length;
    file.header().magic[7] = 'x';
    EXPECT_EQ(read(file.bytes()), RecordError::not_a_record);
}

TEST(RecordReader, EveryErrorHasALineOfItsOwn) {
    std::vector<std::string> lines;
    for (const RecordError error :
         {RecordError::none, RecordError::not_begun, RecordError::too_short, RecordError::not_a_record,
          RecordError::other_version, RecordError::other_layout}) {
        lines.emplace_back(describe(error));
        EXPECT_EQ(lines.back().find('\n'), std::string::npos);
    }
    std::sort(lines.begin(), lines.end());
    EXPECT_EQ(std::unique(lines.begin(), lines.end()), lines.end());
}

TEST(RecordReader, AnyBytesAreReadOrRefusedNeverMore) {
    // The header's fields stay as they must be, so that the reader gets past its first checks; all else is
    // noise.
    std::mt19937_64 random(20261122);
    for (int round = 0; round < 300; ++round) {
        RecordFile file(4);
        auto* bytes = const_cast<std::byte*>(file.bytes().data());
        for (std::size_t i = offsetof(RecordHeader, pid); i < file.bytes().size(); i += 8) {
            const std::uint64_t noise = random();
            std::memcpy(bytes + i, &noise, 8);
        }
        RecordView view;
        ASSERT_EQ(read_record(file.bytes(), view), RecordError::none);
        EXPECT_LE(executable_of(*view.header).size(), view.header->executable.size());
        EXPECT_LE(arguments_of(*view.header).size(), view.header->arguments.size());
        EXPECT_LE(complaints_of(*view.header).size(), view.header->complaints.size());
        EXPECT_LE(view.derived.payload, view.derived.bytes_used);
    }
}

TEST(RecordReader, Strings) {
    RecordFile file(0);
    RecordHeader& header = file.header();
    EXPECT_EQ(executable_of(header), "");
    std::memcpy(header.executable.data(), "/bin/true", 10);
    EXPECT_EQ(executable_of(header), "/bin/true");
    header.executable.fill('x');
    EXPECT_EQ(executable_of(header).size(), header.executable.size()) << "no NUL: all of it, not beyond";
    std::memcpy(header.arguments.data(), "a\0b\0", 4);
    header.arguments_bytes = 4;
    EXPECT_EQ(arguments_of(header), std::string_view("a\0b\0", 4));
    header.arguments_bytes = 0xffffffff;
    EXPECT_EQ(arguments_of(header).size(), header.arguments.size());
    header.complaints_bytes = 0xffffffff;
    EXPECT_EQ(complaints_of(header).size(), header.complaints.size());
}

TEST(Merge, AddsEveryCounter) {
    ThreadCounters total{};
    ThreadCounters part{};
    std::uint64_t next = 1;
#define THREAD_COUNTER(name, unit, cost, help) part.name.set(next++);
#include "core/observe/counters.def"
    for (Counter& counter : part.small_objects) counter.set(next++);
    for (Counter& counter : part.medium_objects) counter.set(next++);
    for (Counter& counter : part.medium_bytes) counter.set(next++);
    for (Counter& counter : part.class_live) counter.set(next++);
    for (Counter& counter : part.class_peak) counter.set(next++);
    merge(total, part);
    merge(total, part);
    next = 1;
#define THREAD_COUNTER(name, unit, cost, help) EXPECT_EQ(total.name.get(), 2 * next++) << #name;
#include "core/observe/counters.def"
    for (const Counter& counter : total.small_objects) EXPECT_EQ(counter.get(), 2 * next++);
    for (const Counter& counter : total.medium_objects) EXPECT_EQ(counter.get(), 2 * next++);
    for (const Counter& counter : total.medium_bytes) EXPECT_EQ(counter.get(), 2 * next++);
    for (const Counter& counter : total.class_live) EXPECT_EQ(counter.get(), 2 * next++);
    for (const Counter& counter : total.class_peak) EXPECT_EQ(counter.get(), 2 * next++);
}

TEST(Derive, NothingIsNothing) {
    const Derived derived = derive(ThreadCounters{}, ProcessCounters{});
    EXPECT_EQ(derived.objects, 0u);
    EXPECT_EQ(derived.held, 0u);
    EXPECT_EQ(derived.utilization_ppm, 0u);
}

// Worked out by hand: 10 objects of 20 bytes (32 used), 4 callocs of 64, one of 3,000 bytes (3,008), one
// large of 1,000,000 (1,003,520 mapped), a gap of 48; 3 of the small ones are freed.
TEST(Derive, ByHand) {
    ThreadCounters threads{};
    ProcessCounters process{};
    threads.small_objects[2].set(10);
    threads.small_objects[4].set(4);
    threads.calloc_calls.set(4);
    threads.medium_objects[medium_class(3000)].set(1);
    threads.medium_bytes[medium_class(3000)].set(3000);
    threads.medium_bytes_used.set(3008);
    threads.medium_objects[medium_class(1'000'000)].set(1);
    threads.medium_bytes[medium_class(1'000'000)].set(1'000'000);
    threads.large_bytes_used.set(1'003'520);
    threads.aligned_calls.set(1);
    threads.gap_bytes.set(48);
    threads.bytes_asked.set(10 * 20 + 4 * 64 + 3000 + 1'000'000);
    threads.bytes_freed.set(3 * 32);
    process.block_end_waste.set(500);
    process.metadata_bytes.set(128);
    process.blocks.set(2);
    process.live_peak_seen.set(1'007'104);
    const Derived derived = derive(threads, process);
    EXPECT_EQ(derived.objects, 16u);
    EXPECT_EQ(derived.malloc_calls, 16u - 4 - 1);
    const std::uint64_t in_blocks = 320 + 256 + 3008 + 48;
    EXPECT_EQ(derived.bytes_used, in_blocks + 1'003'520);
    EXPECT_EQ(derived.payload, 1'003'456u);
    EXPECT_EQ(derived.padding, in_blocks + 1'003'520 - 1'003'456);
    EXPECT_EQ(derived.block_end_waste, 500u);
    EXPECT_EQ(derived.metadata, 128 + in_blocks / 128);
    EXPECT_EQ(derived.held, derived.bytes_used + 500 + derived.metadata);
    EXPECT_EQ(derived.live, derived.bytes_used - 96 - 48);
    EXPECT_EQ(derived.live_peak, 1'007'104u);
    EXPECT_EQ(derived.never_freed_cost, derived.held - derived.live_peak);
    EXPECT_EQ(derived.utilization_ppm, 1'003'456ull * 1'000'000 / derived.held);
}

TEST(Derive, WhatWasTakenBackIsNotHeld) {
    ThreadCounters threads{};
    threads.small_objects[4].set(100);
    threads.bytes_asked.set(6400);
    threads.bytes_rewound.set(640);
    threads.bytes_freed.set(640);
    threads.bytes_shrunk.set(160);
    const Derived derived = derive(threads, ProcessCounters{});
    EXPECT_EQ(derived.bytes_used, 6400u - 640 - 160);
    EXPECT_EQ(derived.payload, derived.bytes_used) << "never more payload than is used";
    EXPECT_EQ(derived.live, 6400u - 640 - 160);
}

TEST(Derive, AForkChildStartsWithWhatItInherited) {
    ThreadCounters threads{};
    ProcessCounters process{};
    process.live_inherited.set(1000);
    threads.small_objects[1].set(1);
    threads.bytes_asked.set(16);
    threads.bytes_freed.set(900);
    const Derived derived = derive(threads, process);
    EXPECT_EQ(derived.live, 116u);
    EXPECT_EQ(derived.bytes_used, 16u);
}

TEST(Derive, SumsThatCannotBeNeverWrap) {
    ThreadCounters threads{};
    threads.bytes_freed.set(1'000'000);  // read a moment after bytes_asked was
    threads.calloc_calls.set(5);
    threads.bytes_rewound.set(3);
    const Derived derived = derive(threads, ProcessCounters{});
    EXPECT_EQ(derived.live, 0u);
    EXPECT_EQ(derived.malloc_calls, 0u);
    EXPECT_EQ(derived.bytes_used, 0u);
}

TEST(Derive, UtilizationOfVeryMuch) {
    ThreadCounters threads{};
    threads.medium_bytes_used.set(std::uint64_t{1} << 60);
    threads.bytes_asked.set(std::uint64_t{1} << 60);
    ProcessCounters process{};
    process.blocks.set(1);
    EXPECT_EQ(derive(threads, process).utilization_ppm, 992'248u) << "128 / 129 of it";
    EXPECT_EQ(derive(threads, ProcessCounters{}).utilization_ppm, 1'000'000u) << "without blocks, no bitmaps";
}

}  // namespace
}  // namespace morpharena
