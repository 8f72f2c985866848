// The keys are those that valgrind's dh_view.js (3.19) checks.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "tools/json_parts.h"
#include "tools/printable.h"
#include "tools/profile_exports.h"

namespace morpharena::tool {
namespace {

std::string frame_text(const Profile& profile, const NamedFrame& frame) {
    const NamedFunction& function = profile.functions[frame.function];
    const std::string place = function.file.empty() ? "in " + profile.modules[function.module].path
                              : frame.line == 0     ? function.file
                                                    : fmt::format("{}:{}", function.file, frame.line);
    return printable(fmt::format("{} ({})", function.name, place));
}

// Frames as indices of a table whose first one is the root.
class Frames {
  public:
    explicit Frames(const Profile& profile) : profile_(profile) { index_of("[root]"); }

    std::vector<std::size_t> of(const CallSite& site) {
        std::vector<std::size_t> indices;
        for (const std::size_t call : site.stack) {
            for (const NamedFrame& frame : profile_.calls[call].frames)
                indices.push_back(index_of(frame_text(profile_, frame)));
        }
        if (site.end != StackEnd::whole) indices.push_back(index_of(end_text(site.end)));
        return indices;
    }
    const Json& table() const { return table_; }

  private:
    std::size_t index_of(const std::string& text) {
        const auto [entry, fresh] = index_.try_emplace(text, table_.size());
        if (fresh) table_.push_back(text);
        return entry->second;
    }

    const Profile& profile_;
    Json table_ = Json::array();
    std::map<std::string, std::size_t> index_;
};

// Byte-weighted lifetimes as the sum over the objects: a class counts as its middle, those that live on as
// the whole of the clock.
double total_lifetime(const SiteFigures& figures, double clock) {
    if (!(figures.bytes.value > 0)) return 0;
    double sum = 0;
    for (std::size_t c = 1; c < figures.lifetimes.size(); ++c)
        sum += figures.lifetimes[c] * 0.75 * std::ldexp(1.0, static_cast<int>(c));
    return (sum + figures.live.value * clock) * figures.objects.value / figures.bytes.value;
}

struct Point {
    SiteFigures figures;
    double lifetime = 0;
};

Json json_of(const std::vector<std::size_t>& frames, const Point& point) {
    const SiteFigures& figures = point.figures;
    const double most = std::max(figures.peak.value, figures.live.value);
    // How many objects the bytes at the peak were is not recorded: as many as their average size makes it.
    const double by_size = figures.bytes.value > 0 ? figures.objects.value / figures.bytes.value : 0;
    return {{"tb", whole(figures.bytes.value)},
            {"tbk", whole(figures.objects.value)},
            {"tl", whole(point.lifetime)},
            {"mb", whole(most)},
            {"mbk", whole(most * by_size)},
            {"gb", whole(figures.peak.value)},
            {"gbk", whole(figures.peak.value * by_size)},
            {"eb", whole(figures.live.value)},
            {"ebk", whole(figures.live_objects)},
            {"fs", frames}};
}

}  // namespace

std::string dhat_profile(const Profile& profile, const std::string& command) {
    Frames frames(profile);
    std::map<std::vector<std::size_t>, Point> points;  // dh_view takes each stack once
    double clock = 0, peak_clock = 0;
    std::int32_t pid = 0;
    for (const ProfiledProcess& process : profile.processes) {
        if (pid == 0) pid = process.pid;
        clock += process.clock;
        peak_clock += process.peak_clock;
        for (const CallSite& site : process.sites) {
            Point& point = points[frames.of(site)];
            point.figures += site.figures;
            point.lifetime += total_lifetime(site.figures, process.clock);
        }
    }
    Json document = {
        {"dhatFileVersion", 2}, {"mode", "heap"},          {"verb", "Allocated"},
        {"bklt", true},         {"bkacc", false},          {"tu", "bytes"},
        {"Mtu", "MB"},          {"tuth", kYoungBytes},     {"cmd", printable(command)},
        {"pid", pid},           {"tg", whole(peak_clock)}, {"te", std::max<std::uint64_t>(whole(clock), 1)},
        {"pps", Json::array()}};
    for (const auto& [stack, point] : points) document["pps"].push_back(json_of(stack, point));
    document["ftbl"] = frames.table();
    return document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace morpharena::tool
