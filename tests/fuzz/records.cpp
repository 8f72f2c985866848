// Damaged records, read and rendered as the command does. An input is a list of changes to a good record:
// [where, how many, bytes]; behind a first byte that says how much of the file there is. So an input of ten
// bytes says as much as a record of twelve thousand.
#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "tests/fuzz/expect.h"
#include "tests/fuzz/input.h"
#include "tests/unit/support/record_file.h"
#include "tools/json_parts.h"
#include "tools/live_record.h"
#include "tools/printable.h"
#include "tools/process_table.h"
#include "tools/records.h"
#include "tools/report_terminal.h"
#include "tools/report_text.h"

namespace morpharena::fuzz {
namespace {

// The record that the changes are made to.
test::RecordFile good_record() {
    test::RecordFile record(2);
    RecordHeader& header = record.header();
    header.pid = 1;
    header.start_ticks = 77;
    header.start_ns = 1'700'000'000'000'000'000;
    constexpr std::string_view kArguments("cc1\0-quiet\0", 11);
    std::memcpy(header.arguments.data(), kArguments.data(), kArguments.size());
    header.arguments_bytes = kArguments.size();
    std::strcpy(header.executable.data(), "/usr/lib/gcc/cc1");
    header.config.block_size = 1 << 21;
    record.slot(0).small_objects[3].set(1000);
    record.slot(0).bytes_asked.set(40'000);
    record.slot(1).large_objects_made.set(2);
    return record;
}

std::size_t damage(std::span<std::byte> file, Input& input) {
    const std::uint8_t cut = input.byte();
    while (!input.empty()) {
        std::size_t where = input.word();
        // The high bit counts from the header's end, where a slot begins.
        if (where >= 0x8000) where = kRecordHeaderBytes + (where & 0x7fff);
        const std::size_t count = input.byte();
        const std::uint8_t value = input.byte();
        const bool repeat = (count & 0x80) != 0;  // one byte again and again
        const auto bytes = repeat ? std::span<const std::uint8_t>() : input.take(count);
        for (std::size_t i = 0; i < (repeat ? (count & 0x7f) * 8 : bytes.size()); ++i) {
            if (where + i < file.size()) file[where + i] = std::byte{repeat ? value : bytes[i]};
        }
    }
    return cut == 0 ? file.size() : file.size() * cut / 256;
}

void expect_for_people(const std::string& text) {
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        EXPECT_THAT((byte >= 0x20 && byte != 0x7f) || c == '\n' || c == '\t',
                    "a control character %d in the text", byte);
    }
}

void render(const std::string& file) {
    const tool::Records records = tool::read_records({file});
    EXPECT_THAT(records.processes.size() + records.damaged.size() == 1, "neither a record nor a complaint");
    for (const std::string& complaint : records.damaged) expect_for_people(complaint);
    expect_for_people(tool::process_table(records.processes).text(false));
    expect_for_people(tool::program_table(tool::by_program(records.processes)).text(false));
    tool::recorded_cpu(records.processes);
    expect_for_people(tool::printable(tool::full_report(file, false), true));
    const std::string json = tool::full_report(file, true);
    EXPECT_THAT(records.processes.empty() || nlohmann::json::accept(json), "not JSON: %s", json.c_str());
    const tool::Json head = {{"schema", "morpharena.stats"}, {"version", 1}, {"morpharena", "0.1.0"}};
    const tool::Json document = tool::Json::parse(tool::with_processes(head, records.processes));
    if (records.processes.empty()) return;
    const auto reports = tool::reports_from(document, "records");
    tool::terminal_report(reports, false);
    tool::markdown_report(reports);
    tool::csv_report(reports);
}

void watch(const std::string& file) {
    auto live = tool::LiveRecord::open(file);
    if (!live) return;
    live->refresh();
    live->program();
    live->ended();
    live->memory();
}

}  // namespace
}  // namespace morpharena::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace morpharena;
    fuzz::Input input({data, size});
    test::RecordFile record = fuzz::good_record();
    const auto whole = record.bytes();
    const std::size_t length = fuzz::damage({const_cast<std::byte*>(whole.data()), whole.size()}, input);
    // A file with a name: the command follows no links, which /proc/self/fd is full of.
    static const std::string file = "/dev/shm/morpharena-fuzz-" + std::to_string(getpid());
    const int fd = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    EXPECT_THAT(fd >= 0 && write(fd, whole.data(), length) == static_cast<ssize_t>(length), "no file");
    close(fd);
    fuzz::render(file);
    fuzz::watch(file);
    unlink(file.c_str());
    return 0;
}
