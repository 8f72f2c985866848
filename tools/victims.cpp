#include "tools/victims.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/printable.h"
#include "tools/size_text.h"

namespace morpharena::tool {
namespace {

std::string counters_text(const ProcessRecord& record) {
    const auto bytes = [](std::uint64_t value) { return bytes_text(static_cast<double>(value)); };
    return fmt::format("asked for {} in {} objects, held {}, live peak {}, peak RSS {}",
                       bytes(record.derived.payload), count_text(static_cast<double>(record.derived.objects)),
                       bytes(record.derived.held), bytes(record.derived.live_peak), bytes(record.peak_rss));
}

// The newest image of the process is the one that was killed.
const ProcessRecord* record_of(pid_t pid, std::span<const ProcessRecord> records) {
    const ProcessRecord* found = nullptr;
    for (const ProcessRecord& record : records) {
        if (record.pid == pid && record.ending == Ending::unannounced) found = &record;
    }
    return found;
}

}  // namespace

std::vector<ProcessRecord> victim_records(const Outcome& outcome, std::span<const ProcessRecord> processes) {
    std::vector<ProcessRecord> found;
    if (outcome.oom_kills == 0) return found;
    for (const OomVictim& victim : outcome.victims) {
        if (const ProcessRecord* record = record_of(victim.pid, processes)) found.push_back(*record);
    }
    if (!outcome.victims.empty()) return found;
    for (const ProcessRecord& record : processes) {
        if (record.ending == Ending::unannounced) found.push_back(record);
    }
    std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
        return std::max(a.peak_rss, a.derived.held) > std::max(b.peak_rss, b.derived.held);
    });
    found.resize(std::min<std::size_t>(found.size(), outcome.oom_kills));
    return found;
}

std::string victims_text(const Outcome& outcome, const std::string& problem,
                         std::span<const ProcessRecord> records) {
    if (outcome.oom_kills == 0) return {};
    std::string text;
    for (const OomVictim& victim : outcome.victims) {
        const ProcessRecord* record = record_of(victim.pid, records);
        text +=
            fmt::format("Killed for want of memory: {} (pid {}), {} resident{}\n", printable(victim.program),
                        victim.pid, bytes_text(static_cast<double>(victim.anonymous_bytes)),
                        record == nullptr ? "" : "; " + counters_text(*record));
    }
    if (!outcome.victims.empty()) return text;
    text = fmt::format("Who was killed is not known for certain ({}).\n",
                       problem.empty() ? "the kernel's log does not name it" : printable(problem));
    for (const ProcessRecord& record : records) {
        text += fmt::format("By the records: {} (pid {}); {}\n", printable(record.program), record.pid,
                            counters_text(record));
    }
    return text;
}

Json json_of_victims(const Outcome& outcome, std::span<const ProcessRecord> records) {
    Json json = Json::array();
    for (const OomVictim& victim : outcome.victims) {
        json.push_back({{"program", victim.program},
                        {"pid", victim.pid},
                        {"anonymous_bytes", victim.anonymous_bytes},
                        {"source", "kernel_log"}});
    }
    if (json.empty()) {
        for (const ProcessRecord& record : records) {
            json.push_back({{"program", record.program},
                            {"pid", record.pid},
                            {"anonymous_bytes", nullptr},
                            {"source", "records"}});
        }
    }
    for (Json& victim : json) {
        const ProcessRecord* record = record_of(victim["pid"].get<pid_t>(), records);
        victim["bytes_asked"] = record != nullptr ? Json(record->derived.payload) : Json();
        victim["bytes_held"] = record != nullptr ? Json(record->derived.held) : Json();
        victim["live_peak"] = record != nullptr ? Json(record->derived.live_peak) : Json();
        victim["objects"] = record != nullptr ? Json(record->derived.objects) : Json();
    }
    return json;
}

}  // namespace morpharena::tool
