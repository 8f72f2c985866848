#include "tools/report_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "tools/cgroup.h"
#include "tools/records.h"
#include "tools/size_text.h"

namespace morpharena::tool {
namespace {

// A word that a later version may have added is a failure of a kind that we do not know.
Verdict verdict_named(const std::string& name) {
    for (std::uint32_t i = 0;; ++i) {
        const std::string known = name_of(static_cast<Verdict>(i));
        if (known == name) return static_cast<Verdict>(i);
        if (known == "?") return Verdict::failed;
    }
}

std::string victim_text(const JsonPlace& victim) {
    std::string text = victim.text_or("program", "?");
    if (const auto pid = victim.count("pid")) text += fmt::format(" (pid {})", *pid);
    if (const auto bytes = victim.number("anonymous_bytes")) text += ", " + bytes_text(*bytes) + " resident";
    if (const auto held = victim.number("bytes_held")) text += ", held " + bytes_text(*held);
    if (const auto live = victim.number("live_peak")) text += ", live peak " + bytes_text(*live);
    return text;
}

std::string peak_source_text(const std::string& name) {
    for (std::uint32_t i = 0; i <= static_cast<std::uint32_t>(PeakSource::largest_rusage); ++i) {
        const auto source = static_cast<PeakSource>(i);
        if (name == name_of(source)) return std::string(describe(source));
    }
    return name;
}

// Whatever stands there, as words.
std::string plain_text(const Json& value) {
    return value.is_string() ? value.get<std::string>()
                             : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

Outcome outcome_from(const JsonPlace& place) {
    Outcome outcome;
    outcome.verdict = verdict_named(place.text("verdict"));
    outcome.status = static_cast<int>(place.count("exit_status").value_or(0));
    outcome.signal = static_cast<int>(place.count("signal").value_or(0));
    outcome.oom_kills = place.count("oom_kills").value_or(0);
    for (const JsonPlace& victim : place.list("victims")) {
        outcome.victims.push_back(
            {victim.pid("pid"), victim.text_or("program", "?"), victim.count("anonymous_bytes").value_or(0)});
    }
    outcome.differing = place.text_or("differing", "");
    return outcome;
}

std::vector<JsonPlace> runs_of(const JsonPlace& document, const std::string& label) {
    std::vector<JsonPlace> all, timed;
    for (const JsonPlace& run : document.list("runs")) {
        if (run.text("allocator") != label) continue;
        all.push_back(run);
        if (!run.flag("warm_up")) timed.push_back(run);
    }
    return timed.empty() ? all : timed;
}

std::size_t rounds_of(const JsonPlace& document) {
    std::uint64_t last = 0;
    for (const JsonPlace& run : document.list("runs")) last = std::max(last, run.count("round").value_or(0));
    return static_cast<std::size_t>(last);
}

void describe_outcomes(ReportAllocator& allocator, const std::vector<JsonPlace>& results) {
    std::vector<Outcome> outcomes;
    allocator.ok = !results.empty();
    for (const JsonPlace& result : results) {
        const JsonPlace place = result.at("outcome");
        const Outcome outcome = outcome_from(place);
        allocator.ok = allocator.ok && outcome.ok();
        allocator.oom = allocator.oom || outcome.verdict == Verdict::out_of_memory;
        for (const JsonPlace& victim : place.list("victims")) {
            const std::string text = victim_text(victim);
            auto& known = allocator.victims;
            if (std::find(known.begin(), known.end(), text) == known.end()) known.push_back(text);
        }
        outcomes.push_back(outcome);
    }
    allocator.outcome = describe(outcomes);
}

std::vector<ReportFact> environment_from(const JsonPlace& document, const ReportModel& report) {
    std::vector<ReportFact> facts;
    const auto add = [&](const std::string& name, const std::string& value) {
        if (!value.empty()) facts.push_back({name, value});
    };
    if (document.has("host")) {
        const JsonPlace host = document.at("host");
        add("host", host.text_or("name", ""));
        add("kernel", host.text_or("kernel", ""));
        const auto cpus = host.count("cpus");
        add("processors",
            fmt::format("{}{}", cpus ? fmt::format("{} x ", *cpus) : "", host.text_or("cpu", "?")));
        if (const auto memory = host.number("memory_bytes")) add("memory", bytes_text(*memory));
        add("transparent huge pages", host.text_or("thp", ""));
        add("vm.overcommit_memory", host.text_or("overcommit", ""));
        add("memory cgroup", host.text_or("cgroup", ""));
        add("glibc", host.text_or("glibc", ""));
    }
    add("morpharena", document.text_or("morpharena", ""));
    if (!report.is_frontier())
        add("memory limit of the tree",
            report.memory_limit ? bytes_text(static_cast<double>(*report.memory_limit)) + ", no swap"
                                : "none");
    add("limited by", document.text_or("limit_by", ""));
    for (const ReportAllocator& allocator : report.allocators) {
        add("allocator " + allocator.label,
            allocator.version + (allocator.library.empty() ? "" : ", " + allocator.library));
    }
    if (document.has("parameters")) {
        for (const auto& [name, value] : document.at("parameters").members()) {
            add("parameter " + name, plain_text(value.node()));
        }
    }
    if (document.has("environment")) {
        for (const auto& [name, value] : document.at("environment").members())
            add(name, plain_text(value.node()));
    }
    return facts;
}

std::vector<std::string> notes_from(const JsonPlace& document) {
    std::vector<std::string> notes = document.texts("warnings");
    std::set<std::string> seen;
    const auto say = [&](const std::string& line) {
        if (seen.insert(line).second) notes.push_back(line);
    };
    std::vector<JsonPlace> results = document.list("runs");
    if (document.has("outcome")) results.push_back(document);
    for (const JsonPlace& result : results) {
        if (result.has("peak_source")) {
            say(fmt::format("Peak memory: {}.", peak_source_text(result.text("peak_source"))));
        }
        if (result.has("instruction_problem")) {
            say(fmt::format("No instruction count: {}.", result.text("instruction_problem")));
        }
        if (result.count("outlived").value_or(0) != 0) {
            say("Processes outlived the command and were ended (see --linger).");
        }
    }
    for (const std::string& damage : document.texts("damaged")) say(damage);
    const double cpu = document.has("metrics") ? document.at("metrics").number("cpu").value_or(0) : 0;
    const auto recorded = document.number("recorded_cpu");
    const auto processes = document.list("processes");
    const auto abrupt = std::count_if(processes.begin(), processes.end(), [](const JsonPlace& process) {
        return process.text_or("ending", "") == describe(Ending::unannounced);
    });
    if (abrupt != 0) {
        say(fmt::format(
            "{} of {} processes with a record ended without exit(): their last moments are in no figure.",
            abrupt, processes.size()));
    }
    if (cpu > 0 && recorded && abrupt != std::ssize(processes)) {
        say(fmt::format(
            "The processes with records used {} of the processor time; the rest are programs that the "
            "library is not in, and what ran before exec.",
            percent_text(std::min(1.0, *recorded / cpu))));
    }
    return notes;
}

}  // namespace morpharena::tool
