#include "tools/profile_exports.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "tools/exit_code.h"
#include "tools/printable.h"

namespace morpharena::tool {
namespace {

constexpr std::pair<const char*, ProfileValue> kValues[] = {{"bytes", ProfileValue::bytes},
                                                            {"objects", ProfileValue::objects},
                                                            {"peak", ProfileValue::peak},
                                                            {"live", ProfileValue::live},
                                                            {"young", ProfileValue::young}};

}  // namespace

std::string profile_value_names() {
    std::string names;
    for (const auto& [name, value] : kValues) names += (names.empty() ? "" : ", ") + std::string(name);
    return names;
}

ProfileValue profile_value_named(const std::string& name) {
    for (const auto& [known, value] : kValues) {
        if (name == known) return value;
    }
    throw BadInput(fmt::format("--value {}: right is one of {}", printable(name), profile_value_names()));
}

double value_of(const SiteFigures& figures, ProfileValue value) {
    switch (value) {
        case ProfileValue::bytes:
            return figures.bytes.value;
        case ProfileValue::objects:
            return figures.objects.value;
        case ProfileValue::peak:
            return figures.peak.value;
        case ProfileValue::live:
            return figures.live.value;
        case ProfileValue::young:
            break;
    }
    return figures.young.value;
}

std::string viewer_name(const std::string& function) {
    std::string name = printable(function);
    std::replace(name.begin(), name.end(), ';', ',');  // ends a frame in folded stacks
    return name;
}

std::uint64_t whole(double estimate) {
    return estimate > 0 ? static_cast<std::uint64_t>(std::llround(std::min(estimate, 0x1p62))) : 0;
}

std::string folded_stacks(const Profile& profile, ProfileValue value) {
    std::map<std::string, double> lines;
    for (const ProfiledProcess& process : profile.processes) {
        for (const CallSite& site : process.sites) {
            std::string line = viewer_name(process.program);
            if (site.end != StackEnd::whole) line += ";" + end_text(site.end);
            for (auto call = site.stack.rbegin(); call != site.stack.rend(); ++call) {
                const auto& frames = profile.calls[*call].frames;
                for (auto frame = frames.rbegin(); frame != frames.rend(); ++frame)
                    line += ";" + viewer_name(profile.functions[frame->function].name);
            }
            lines[line] += value_of(site.figures, value);
        }
    }
    std::string text;
    for (const auto& [line, sum] : lines) {
        if (const auto rounded = whole(sum); rounded > 0) text += fmt::format("{} {}\n", line, rounded);
    }
    return text;
}

}  // namespace morpharena::tool
