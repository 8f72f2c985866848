#include <fmt/format.h>

#include <initializer_list>
#include <string_view>

#include "tools/printable.h"
#include "tools/report_text.h"

namespace morpharena::tool {
namespace {

constexpr std::string_view kHeader =
    "command,allocator,version,outcome,program,metric,unit,value,ratio,low,high,pairs,significant\r\n";

// Text from elsewhere. OWASP's list of what starts a formula is = + - @.
std::string cell(std::string_view text) {
    std::string out = printable(text);
    if (!out.empty() && std::string_view("=+-@").find(out.front()) != std::string_view::npos)
        out.insert(0, "'");
    if (out.find_first_of(",\"\n") == std::string::npos) return out;
    std::string quoted = "\"";
    for (const char c : out) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
}

// Shortest text that gives the same number again.
std::string number(const std::optional<double>& value) {
    return value ? fmt::format("{}", *value) : "";
}

class Rows {
  public:
    Rows(const ReportModel& report, const ReportAllocator& allocator, std::string& out)
        : front_(fmt::format("{},{},{},{},", cell(report.command), cell(allocator.label),
                             cell(allocator.version), cell(allocator.outcome))),
          out_(out) {}

    void add(std::string_view program, std::string_view metric, std::string_view unit,
             const std::optional<double>& value, const std::optional<Ratio>& ratio = std::nullopt) {
        out_ += front_ + fmt::format("{},{},{},{},", cell(program), cell(metric), unit, number(value));
        out_ += ratio ? fmt::format("{},{},{},{},{}\r\n", ratio->ratio, ratio->low, ratio->high, ratio->pairs,
                                    ratio->significant)
                      : ",,,,\r\n";
    }
    void add_count(std::string_view program, std::string_view metric, std::string_view unit,
                   std::uint64_t value) {
        out_ += front_ + fmt::format("{},{},{},{},,,,,\r\n", cell(program), metric, unit, value);
    }

  private:
    std::string front_;
    std::string& out_;
};

void add_program(Rows& rows, const ProgramTotal& total) {
    rows.add_count(total.program, "processes", "count", total.processes);
    rows.add_count(total.program, "objects", "count", total.objects);
    rows.add_count(total.program, "bytes_asked", "bytes", total.payload);
    rows.add_count(total.program, "bytes_held", "bytes", total.held);
    rows.add_count(total.program, "largest_held", "bytes", total.largest_held);
    rows.add_count(total.program, "largest_live_peak", "bytes", total.largest_live_peak);
    rows.add_count(total.program, "largest_peak_rss", "bytes", total.largest_rss);
}

std::optional<double> number_of(const std::optional<std::uint64_t>& value) {
    return value ? std::optional(static_cast<double>(*value)) : std::nullopt;
}

// A size that was put in stands with the command.
void add_edge(const FrontierEdge& edge, std::string& out) {
    ReportModel sized;
    sized.command = edge.command + (edge.setting.empty() ? "" : " [" + edge.setting + "]");
    ReportAllocator allocator;
    allocator.label = edge.label;
    Rows rows(sized, allocator, out);
    rows.add("", "survives", "bytes", number_of(edge.survives));
    rows.add("", "fails", "bytes", number_of(edge.fails));
    rows.add("", "machine", "bytes", number_of(edge.machine));
}

}  // namespace

std::string csv_report(std::span<const ReportModel> reports) {
    std::string out(kHeader);
    for (const ReportModel& report : reports) {
        for (const FrontierEdge& edge : report.edges) add_edge(edge, out);
        for (const ReportAllocator& allocator : report.allocators) {
            Rows rows(report, allocator, out);
            for (std::size_t m = 0; m < report.metrics.size(); ++m) {
                const ReportMetric& metric = report.metrics[m];
                rows.add("", metric.name, unit_name(metric.unit), allocator.figures[m].value,
                         allocator.figures[m].ratio);
            }
            if (report.metrics.empty()) rows.add("", "", "", std::nullopt);  // the outcome is a finding too
            for (const ProgramTotal& total : allocator.programs) add_program(rows, total);
        }
    }
    return out;
}

}  // namespace morpharena::tool
