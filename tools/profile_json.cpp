#include "tools/profile_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace morpharena::tool {
namespace {

constexpr NameSource kSources[] = {NameSource::debug_information, NameSource::symbol_table,
                                   NameSource::dynamic_symbols, NameSource::none};
constexpr const char* kEnds[] = {"whole", "not_unwound", "cut"};

// An estimate is [value, standard error].
Json json_of(const Estimate& estimate) {
    return {estimate.value, estimate.error()};
}

Json json_of(const SiteFigures& figures) {
    Json lifetimes = Json::array();
    for (const double bytes : figures.lifetimes) lifetimes.push_back(bytes);
    while (!lifetimes.empty() && lifetimes.back() == 0.0) lifetimes.erase(lifetimes.size() - 1);
    return {{"samples", figures.samples},
            {"objects", json_of(figures.objects)},
            {"bytes", json_of(figures.bytes)},
            {"live", json_of(figures.live)},
            {"live_objects", figures.live_objects},
            {"peak", json_of(figures.peak)},
            {"young", json_of(figures.young)},
            {"freed_same_thread", figures.freed_same_thread},
            {"freed_other_thread", figures.freed_other_thread},
            {"died_newest", figures.died_newest},
            {"lifetimes", lifetimes}};
}

Json json_of(const ProfiledProcess& process) {
    Json json = {{"record", process.record},
                 {"pid", process.pid},
                 {"parent", process.parent},
                 {"start_ns", process.start_ns},
                 {"program", process.program},
                 {"ending", process.ending},
                 {"problem", process.problem.empty() ? Json() : Json(process.problem)}};
    if (!process.problem.empty()) return json;
    json.update({{"interval", process.interval},
                 {"unwinder", process.unwinder},
                 {"samples", process.samples},
                 {"not_unwound", process.not_unwound},
                 {"cut", process.cut},
                 {"lost", process.lost},
                 {"lost_bytes", process.lost_bytes},
                 {"bytes_before", process.bytes_before},
                 {"clock", process.clock},
                 {"peak_clock", process.peak_clock},
                 {"sites", Json::array()}});
    for (const CallSite& site : process.sites) {
        Json one = {{"stack", site.stack}, {"end", kEnds[static_cast<int>(site.end)]}};
        one.update(json_of(site.figures));
        json["sites"].push_back(std::move(one));
    }
    return json;
}

double amount(const JsonPlace& place, const std::string& key) {
    const double value = place.number(key).value_or(0);
    if (!(value >= 0) || !std::isfinite(value)) place.refuse(key + ": right is a number from 0");
    return value;
}

Estimate estimate_from(const JsonPlace& place, const std::string& key) {
    const std::vector<double> pair = place.numbers(key);
    if (pair.size() != 2 || !(pair[0] >= 0) || !(pair[1] >= 0) || !std::isfinite(pair[0] + pair[1])) {
        place.refuse(key + ": right is [value, standard error], both from 0");
    }
    return {pair[0], pair[1] * pair[1]};
}

// An index of a list of `size`.
std::size_t index_from(const JsonPlace& place, const Json& node, std::size_t size, const char* what) {
    if (!node.is_number_unsigned() || node.get<std::uint64_t>() >= size) {
        place.refuse(fmt::format("an index of {} is not below {}", what, size));
    }
    return node.get<std::size_t>();
}

SiteFigures figures_from(const JsonPlace& place) {
    SiteFigures figures;
    figures.samples = place.count("samples").value_or(0);
    figures.objects = estimate_from(place, "objects");
    figures.bytes = estimate_from(place, "bytes");
    figures.live = estimate_from(place, "live");
    figures.live_objects = amount(place, "live_objects");
    figures.peak = estimate_from(place, "peak");
    figures.young = estimate_from(place, "young");
    figures.freed_same_thread = amount(place, "freed_same_thread");
    figures.freed_other_thread = amount(place, "freed_other_thread");
    figures.died_newest = amount(place, "died_newest");
    const std::vector<double> lifetimes = place.numbers("lifetimes");
    if (lifetimes.size() > figures.lifetimes.size()) place.refuse("lifetimes: too many classes");
    std::copy(lifetimes.begin(), lifetimes.end(), figures.lifetimes.begin());
    return figures;
}

CallSite site_from(const JsonPlace& place, std::size_t calls) {
    CallSite site;
    for (const Json& call : place.at("stack").node())
        site.stack.push_back(index_from(place, call, calls, "calls"));
    const std::string end = place.text_or("end", kEnds[0]);
    const auto known = std::find(std::begin(kEnds), std::end(kEnds), end);
    if (known == std::end(kEnds)) place.refuse("end: right is whole, not_unwound or cut");
    site.end = static_cast<StackEnd>(known - std::begin(kEnds));
    if (site.stack.empty() && site.end == StackEnd::whole) place.refuse("stack: empty, and yet whole");
    site.figures = figures_from(place);
    return site;
}

ProfiledProcess process_from(const JsonPlace& place, std::size_t calls) {
    ProfiledProcess process;
    process.record = place.text_or("record", "");
    process.pid = place.pid("pid");
    process.parent = place.pid("parent");
    process.start_ns = place.count("start_ns").value_or(0);
    process.program = place.text_or("program", "?");
    process.ending = place.text_or("ending", "");
    process.problem = place.text_or("problem", "");
    if (!process.problem.empty()) return process;
    process.interval = place.count("interval").value_or(0);
    process.unwinder = place.text_or("unwinder", "");
    process.samples = place.count("samples").value_or(0);
    process.not_unwound = place.count("not_unwound").value_or(0);
    process.cut = place.count("cut").value_or(0);
    process.lost = place.count("lost").value_or(0);
    process.lost_bytes = amount(place, "lost_bytes");
    process.bytes_before = amount(place, "bytes_before");
    process.clock = amount(place, "clock");
    process.peak_clock = amount(place, "peak_clock");
    for (const JsonPlace& site : place.list("sites")) process.sites.push_back(site_from(site, calls));
    return process;
}

NameSource source_from(const JsonPlace& place) {
    const std::string name = place.text_or("names", name_of(NameSource::none));
    const auto known = std::find_if(std::begin(kSources), std::end(kSources),
                                    [&](NameSource source) { return name == name_of(source); });
    if (known == std::end(kSources)) place.refuse("names: not a source of names");
    return *known;
}

NamedCall call_from(const JsonPlace& place, const Profile& profile) {
    NamedCall call;
    call.module = index_from(place, place.at("module").node(), profile.modules.size(), "modules");
    call.address = place.count("address").value_or(0);
    call.source = source_from(place);
    for (const Json& frame : place.at("frames").node()) {
        if (!frame.is_array() || frame.size() != 2 || !frame[1].is_number_unsigned()) {
            place.refuse("frames: right is a list of [function, line]");
        }
        call.frames.push_back(
            {index_from(place, frame[0], profile.functions.size(), "functions"), frame[1].get<unsigned>()});
    }
    if (call.frames.empty()) place.refuse("frames: empty");
    return call;
}

}  // namespace

Json json_of(const Profile& profile) {
    Json json = {{"young_bytes", kYoungBytes},
                 {"modules", Json::array()},
                 {"functions", Json::array()},
                 {"calls", Json::array()},
                 {"profiles", Json::array()}};
    for (const NamedModule& module : profile.modules) {
        json["modules"].push_back({{"path", module.path},
                                   {"build_id", module.build_id.empty() ? Json() : Json(module.build_id)},
                                   {"names", name_of(module.source)},
                                   {"origin", module.origin}});
    }
    for (const NamedFunction& function : profile.functions) {
        json["functions"].push_back({{"name", function.name},
                                     {"file", function.file.empty() ? Json() : Json(function.file)},
                                     {"module", function.module}});
    }
    for (const NamedCall& call : profile.calls) {
        Json frames = Json::array();
        for (const NamedFrame& frame : call.frames) frames.push_back({frame.function, frame.line});
        json["calls"].push_back({{"module", call.module},
                                 {"address", call.address},
                                 {"names", name_of(call.source)},
                                 {"frames", frames}});
    }
    for (const ProfiledProcess& process : profile.processes) json["profiles"].push_back(json_of(process));
    return json;
}

Profile profile_from(const JsonPlace& document) {
    Profile profile;
    for (const JsonPlace& place : document.list("modules")) {
        profile.modules.push_back({place.text("path"), place.text_or("build_id", ""),
                                   place.text_or("origin", ""), source_from(place)});
    }
    for (const JsonPlace& place : document.list("functions")) {
        const std::size_t module =
            index_from(place, place.at("module").node(), profile.modules.size(), "modules");
        profile.functions.push_back({place.text("name"), place.text_or("file", ""), module});
    }
    for (const JsonPlace& place : document.list("calls")) profile.calls.push_back(call_from(place, profile));
    for (const JsonPlace& place : document.list("profiles")) {
        profile.processes.push_back(process_from(place, profile.calls.size()));
    }
    return profile;
}

}  // namespace morpharena::tool
