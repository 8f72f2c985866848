// Documents as the command keeps and reads them (--json, --jsonl, --baseline), rendered in every way.
// Whatever is in them is taken, or refused by BadInput with a line for people.
#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "tests/fuzz/expect.h"
#include "tests/fuzz/json_mutator.h"
#include "tests/fuzz/refusal.h"
#include "tools/baseline.h"
#include "tools/merge.h"
#include "tools/printable.h"
#include "tools/report_html.h"
#include "tools/report_terminal.h"
#include "tools/report_text.h"
#include "tools/trace_events.h"

namespace morpharena::fuzz {
namespace {

using tool::Json;

void expect_for_people(const std::string& text) {
    EXPECT_THAT(tool::printable(text, true) == text, "control characters in %s", text.c_str());
}

void report(const Json& document) {
    const std::vector<tool::ReportModel> reports = tool::reports_from(document, "document");
    expect_for_people(tool::terminal_report(reports, false));
    expect_for_people(tool::markdown_report(reports));
    std::string rows = tool::csv_report(reports);
    std::erase(rows, '\r');  // RFC 4180 ends its lines so
    expect_for_people(rows);
    const std::string page = tool::html_report(reports);
    EXPECT_THAT(page.find("<script") == std::string::npos, "a script in the page");
}

void trace(const Json& document) {
    EXPECT_THAT(Json::accept(tool::trace_events(document, "document")), "the trace is not JSON");
}

void merge(const std::string& text) {
    tool::Merger merger;
    merger.add_line(text, "lines:1");
    merger.add_line(text, "lines:2");
    const tool::Merged merged = std::move(merger).finish();
    for (const std::string& damage : merged.damage) expect_for_people(damage);
    expect_for_people(tool::merged_text(merged, false));
    EXPECT_THAT(Json::accept(tool::text_of(tool::merged_document(merged))),
                "the merged document is not JSON");
}

void hold_to(const std::string& text) {
    const int fd = memfd_create("baseline", MFD_CLOEXEC);
    EXPECT_THAT(fd >= 0 && write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()),
                "no file");
    refuse_or_take([&] { tool::read_baseline("/proc/self/fd/" + std::to_string(fd)); });
    close(fd);
}

}  // namespace
}  // namespace morpharena::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace morpharena::fuzz;
    const std::string text(reinterpret_cast<const char*>(data), size);
    const Json document = Json::parse(text, nullptr, false);
    if (!document.is_discarded()) {
        refuse_or_take([&] { report(document); });
        refuse_or_take([&] { trace(document); });
    }
    merge(text);
    hold_to(text);
    return 0;
}

// libFuzzer asks this for a change, where it is there; some changes are its own, of bytes.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most,
                                               unsigned seed) {
    return morpharena::fuzz::mutate_json(data, size, most, seed);
}
