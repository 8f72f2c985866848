#include "tools/process_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "tools/size_text.h"

namespace morpharena::tool {
namespace {

constexpr std::size_t kNameWidth = 26;

std::string bytes_or_dash(std::uint64_t bytes) {
    return bytes == 0 ? "-" : bytes_text(static_cast<double>(bytes));
}

std::string share_or_dash(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? "-" : percent_text(static_cast<double>(part) / static_cast<double>(whole));
}

// VmHWM as it was sampled last: at its end, where the process came to exit().
std::string rss_of(const ProcessRecord& process) {
    const bool may_have_grown = process.ending == Ending::unannounced && process.peak_rss != 0;
    return (may_have_grown ? ">= " : "") + bytes_or_dash(process.peak_rss);
}

}  // namespace

Table process_table(std::span<const ProcessRecord> processes) {
    Table table({{"program", Align::left, kNameWidth},
                 {"pid"},
                 {"end", Align::left},
                 {"objects"},
                 {"asked"},
                 {"live peak"},
                 {"held"},
                 {"used"},
                 {"peak RSS"}});
    for (const ProcessRecord& process : processes) {
        const Derived& derived = process.derived;
        const bool odd = process.ending == Ending::unannounced || process.bypassed;
        table.add(
            {{process.program},
             {fmt::format("{}", process.pid)},
             {process.bypassed ? "bypassed" : describe(process.ending), odd ? Style::bad : Style::plain},
             {count_text(static_cast<double>(derived.objects))},
             {bytes_or_dash(derived.payload)},
             {bytes_or_dash(derived.live_peak)},
             {bytes_or_dash(derived.held)},
             {share_or_dash(derived.payload, derived.held)},
             {rss_of(process)}});
    }
    return table;
}

std::vector<ProgramTotal> by_program(std::span<const ProcessRecord> processes) {
    std::map<std::string, ProgramTotal> totals;
    for (const ProcessRecord& process : processes) {
        ProgramTotal& total = totals[process.program];
        total.program = process.program;
        ++total.processes;
        total.objects += process.derived.objects;
        total.payload += process.derived.payload;
        total.held += process.derived.held;
        total.largest_held = std::max(total.largest_held, process.derived.held);
        total.largest_live_peak = std::max(total.largest_live_peak, process.derived.live_peak);
        total.largest_rss = std::max(total.largest_rss, process.peak_rss);
    }
    std::vector<ProgramTotal> sorted;
    for (auto& [name, total] : totals) sorted.push_back(std::move(total));
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& a, const auto& b) { return a.payload > b.payload; });
    return sorted;
}

Table program_table(std::span<const ProgramTotal> programs) {
    Table table({{"program", Align::left, kNameWidth},
                 {"processes"},
                 {"objects"},
                 {"asked"},
                 {"live peak*"},
                 {"held*"},
                 {"used"},
                 {"peak RSS*"}});
    for (const ProgramTotal& total : programs) {
        table.add({{total.program},
                   {fmt::format("{}", total.processes)},
                   {count_text(static_cast<double>(total.objects))},
                   {bytes_or_dash(total.payload)},
                   {bytes_or_dash(total.largest_live_peak)},
                   {bytes_or_dash(total.largest_held)},
                   {share_or_dash(total.payload, total.held)},
                   {bytes_or_dash(total.largest_rss)}});
    }
    return table;
}

}  // namespace morpharena::tool
