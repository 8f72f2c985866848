#include "tools/predict.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

#include "tools/printable.h"
#include "tools/size_text.h"
#include "tools/table.h"

namespace morpharena::tool {
namespace {

std::uint64_t resident_in_arena(const ProcessRecord& process) {
    const std::uint64_t live = process.derived.live_peak;
    const std::uint64_t other = process.peak_rss > live ? process.peak_rss - live : 0;
    return other + process.derived.held;
}

// The sum over those that were alive at the moment when it was largest. Who did not call exit is taken to
// have lived until its successor by exec woke up, or to the end.
std::uint64_t largest_sum(std::span<const ProcessRecord> processes) {
    std::multimap<std::uint64_t, std::int64_t> changes;
    for (const ProcessRecord& process : processes) {
        std::uint64_t end = process.end_ns;
        for (const ProcessRecord& later : processes) {
            const bool successor = later.pid == process.pid && later.start_ticks == process.start_ticks &&
                                   later.serial == process.serial + 1;
            if (successor) end = later.start_ns;
        }
        if (end == 0) end = std::numeric_limits<std::uint64_t>::max();
        const auto bytes = static_cast<std::int64_t>(resident_in_arena(process));
        changes.emplace(process.start_ns, bytes);
        changes.emplace(std::max(end, process.start_ns + 1), -bytes);
    }
    std::int64_t sum = 0;
    std::int64_t most = 0;
    for (const auto& [when, change] : changes) most = std::max(most, sum += change);
    return static_cast<std::uint64_t>(most);
}

std::string bytes(std::uint64_t value) {
    return bytes_text(static_cast<double>(value));
}

}  // namespace

Prediction predict(std::span<const ProcessRecord> processes) {
    Prediction prediction;
    std::map<std::string, ProgramPrediction> programs;
    for (const ProcessRecord& process : processes) {
        if (process.bypassed) continue;
        ++prediction.processes;
        ProgramPrediction& program = programs[process.program];
        ++program.processes;
        const std::uint64_t resident = resident_in_arena(process);
        if (program.processes != 1 && resident <= program.resident) continue;
        program.program = process.program;
        program.asked = process.derived.payload;
        program.live_peak = process.derived.live_peak;
        program.held = process.derived.held;
        program.resident = resident;
    }
    for (auto& [name, program] : programs) prediction.programs.push_back(std::move(program));
    std::stable_sort(prediction.programs.begin(), prediction.programs.end(),
                     [](const auto& a, const auto& b) { return a.resident > b.resident; });
    prediction.at_once = largest_sum(processes);
    return prediction;
}

std::string prediction_text(const Prediction& prediction, std::uint64_t memory, bool colour) {
    if (prediction.programs.empty()) {
        return "No process left a record: what ran is statically linked, set-user-ID, or clears its "
               "environment.\n";
    }
    constexpr std::size_t kMostPrograms = 15;
    Table table({{"program", Align::left, 26},
                 {"processes"},
                 {"allocated"},
                 {"live peak"},
                 {"arena holds"},
                 {"resident"},
                 {fmt::format("in {}", bytes(memory)), Align::left}});
    const std::size_t shown = std::min(prediction.programs.size(), kMostPrograms);
    for (std::size_t i = 0; i < shown; ++i) {
        const ProgramPrediction& program = prediction.programs[i];
        const bool fits = program.resident <= memory;
        table.add({{program.program},
                   {fmt::format("{}", program.processes)},
                   {bytes(program.asked)},
                   {bytes(program.live_peak)},
                   {bytes(program.held)},
                   {bytes(program.resident)},
                   {fits ? "fits" : "does not fit", fits ? Style::good : Style::bad}});
    }
    std::string text =
        "Of each program the process that would be largest in an arena:\n" + table.text(colour);
    if (shown < prediction.programs.size())
        text += fmt::format("and {} more\n", prediction.programs.size() - shown);
    const ProgramPrediction& worst = prediction.programs.front();
    text +=
        wrapped(fmt::format("\nAn arena would hold {} in {}, of which {} ever lived at once: it {} in {}.",
                            bytes(worst.held), printable(worst.program), bytes(worst.live_peak),
                            worst.resident <= memory ? "fits" : "does not fit", bytes(memory)),
                98, 0) +
        "\n";
    text += wrapped(fmt::format("All that ran at once would be resident with at most {}: it {} in {}.",
                                bytes(prediction.at_once),
                                prediction.at_once <= memory ? "fits" : "may not fit", bytes(memory)),
                    98, 0) +
            "\n";
    return text +
           "allocated: over the whole life; resident: what is not malloc's included. An arena that dies may "
           "be\n"
           "bounded instead: see 'compare --allocators glibc,arena,pool,adaptive'.\n";
}

}  // namespace morpharena::tool
