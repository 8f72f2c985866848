#include "core/report/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "tests/unit/support/record_file.h"

namespace morpharena {
namespace {

using nlohmann::json;
using test::RecordFile;
using testing::HasSubstr;

bool collect(void* context, std::string_view piece) {
    static_cast<std::string*>(context)->append(piece);
    return true;
}

std::string report(RecordFile& file, Format format) {
    RecordView view;
    EXPECT_EQ(read_record(file.bytes(), view), RecordError::none);
    std::string all;
    std::array<char, 256> buffer;
    Emitter out(format, collect, &all, buffer);
    write_report(out, view);
    EXPECT_TRUE(out.good());
    return all;
}

RecordFile example() {
    RecordFile file(2);
    RecordHeader& header = file.header();
    header.pid = 123;
    header.parent = 45;
    header.serial = 2;
    header.forked = 1;
    std::strcpy(header.executable.data(), "/usr/lib/gcc/cc1");
    std::memcpy(header.arguments.data(), "cc1\0-O2\0\0last", 13);
    header.arguments_bytes = 13;
    std::strcpy(header.complaints.data(), "one\ntwo\n");
    header.complaints_bytes = 8;
    header.config.block_size = 65536;
    header.config.reset_signal = 12;
    header.config.reset = 2;
    file.slot(0).small_objects[1].set(7);
    file.slot(1).medium_objects[0].set(2);
    file.slot(1).medium_bytes[0].set(3000);
    file.slot(1).bytes_asked.set(3100);
    file.slot(1).medium_bytes_used.set(3008);
    file.header().process.blocks.set(4);
    return file;
}

TEST(Report, TheJsonHasASchemaAndEveryPart) {
    RecordFile file = example();
    const json all = json::parse(report(file, Format::json));
    EXPECT_EQ(all["schema"], "morpharena.process");
    EXPECT_EQ(all["version"], kReportSchema);
    EXPECT_EQ(all["process"]["program"], "cc1");
    EXPECT_EQ(all["process"]["executable"], "/usr/lib/gcc/cc1");
    EXPECT_EQ(all["process"]["pid"], 123);
    EXPECT_EQ(all["process"]["parent"], 45);
    EXPECT_EQ(all["process"]["serial"], 2);
    EXPECT_EQ(all["process"]["forked"], true);
    EXPECT_EQ(all["process"]["arguments"], (json{"cc1", "-O2", "", "last"}));
    EXPECT_EQ(all["complaints"], (json{"one", "two"}));
    EXPECT_EQ(all["config"]["mode"], "arena");
    EXPECT_EQ(all["config"]["block_size"], 65536);
    EXPECT_EQ(all["config"]["reset_signal"], 12);
    EXPECT_EQ(all["config"]["reset"], "force");
    EXPECT_EQ(all["summary"]["objects"], 9);
    EXPECT_EQ(all["summary"]["payload"], 3100);
    EXPECT_EQ(all["size_classes"], (json{{{"up_to", 16}, {"objects", 7}, {"bytes", 112}},
                                         {{"up_to", 2048}, {"objects", 2}, {"bytes", 3000}}}));
}

TEST(Report, EveryCounterIsThereByItsName) {
    RecordFile file = example();
    std::uint64_t next = 1000;
#define THREAD_COUNTER(name, unit, cost, help) file.slot(0).name.set(next++);
#define PROCESS_COUNTER(name, unit, merge, cost, help) file.header().process.name.set(next++);
#include "core/observe/counters.def"
    file.header().slots_used = 1;
    const json counters = json::parse(report(file, Format::json))["counters"];
    next = 1000;
#define THREAD_COUNTER(name, unit, cost, help) EXPECT_EQ(counters[#name], next++) << #name;
#define PROCESS_COUNTER(name, unit, merge, cost, help) EXPECT_EQ(counters[#name], next++) << #name;
#include "core/observe/counters.def"
    EXPECT_EQ(counters.size(), next - 1000);
}

TEST(Report, TheTextTellsTheSameFigures) {
    RecordFile file = example();
    const std::string text = report(file, Format::text);
    for (const char* part : {"cc1", "-O2", "one", "two", "arena", "utilization", "up_to 16  objects 7",
                             "3100 bytes asked for"}) {
        EXPECT_THAT(text, HasSubstr(part));
    }
}

TEST(Report, AStateOfItsOwnForEachEnd) {
    RecordFile file = example();
    EXPECT_THAT(report(file, Format::text), HasSubstr("running or ended without exit()"));
    file.header().state = RecordState::exited;
    EXPECT_EQ(json::parse(report(file, Format::json))["process"]["state"], "exited");
}

TEST(Report, UnknownModesAreNamedUnknown) {
    RecordFile file = example();
    file.header().config.mode = 0xffffffff;
    file.header().config.thp = 3;
    file.header().config.reset = 3;
    const json config = json::parse(report(file, Format::json))["config"];
    EXPECT_EQ(config["mode"], "unknown");
    EXPECT_EQ(config["thp"], "unknown");
    EXPECT_EQ(config["reset"], "unknown");
}

TEST(Report, AnyRecordMakesValidJson) {
    std::mt19937_64 random(7);
    for (int round = 0; round < 100; ++round) {
        RecordFile file(3);
        auto* bytes = const_cast<std::byte*>(file.bytes().data());
        for (std::size_t i = offsetof(RecordHeader, pid); i < file.bytes().size(); i += 8) {
            const std::uint64_t noise = random();
            std::memcpy(bytes + i, &noise, 8);
        }
        ASSERT_TRUE(json::accept(report(file, Format::json)));
        EXPECT_EQ(report(file, Format::text).find('\x1b'), std::string::npos);
    }
}

}  // namespace
}  // namespace morpharena
