#include "tools/profile_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "tools/printable.h"
#include "tools/profile_table.h"
#include "tools/size_text.h"
#include "tools/table.h"

namespace morpharena::tool {
namespace {

const char* title_of(ProfileSort sort) {
    switch (sort) {
        case ProfileSort::own:
            return "allocated";
        case ProfileSort::cumulative:
            return "allocated with what it calls";
        case ProfileSort::peak:
            return "live at the peak";
        case ProfileSort::young:
            break;
    }
    return "died young";
}

std::string signed_bytes(double bytes) {
    return (bytes < 0 ? "-" : "+") + bytes_text(std::abs(bytes));
}

std::vector<Cell> cells_of(const ProfileChange& change) {
    const Style style = !change.shown() ? Style::dim : change.change() < 0 ? Style::good : Style::bad;
    const std::string error = change.error() > 0 ? " ± " + bytes_text(change.error()) : "";
    const std::string ratio = !change.shown()              ? "~"
                              : !(change.before.value > 0) ? "new"
                              : !(change.after.value > 0)
                                  ? "gone"
                                  : fmt::format("{:.3f}", change.after.value / change.before.value);
    return {{change.name},
            {change.place},
            {bytes_text(change.before.value)},
            {bytes_text(change.after.value)},
            {signed_bytes(change.change()) + error, style},
            {ratio, style}};
}

// Bytes between samples, on average, where processes differ the most of them; 1 when every object was
// counted.
double interval_of(const Profile& profile) {
    std::uint64_t interval = 1;
    for (const ProfiledProcess& process : profile.processes) interval = std::max(interval, process.interval);
    return static_cast<double>(interval);
}

// Of `value` bytes value/interval samples are expected, each of which stands for an interval. Nothing is seen
// of what is small: then it may as well have been one interval.
void doubt_absence(Estimate& absent, const Estimate& other, double interval) {
    if (absent.value > 0 || interval <= 1) return;
    absent.variance = std::max(absent.variance, std::max(other.value, interval) * interval);
}

std::string interval_text(double interval) {
    return interval <= 1 ? "every object" : "one sample in " + bytes_text(interval);
}

}  // namespace

std::string interval_note(const Profile& before, const Profile& after) {
    const double first = interval_of(before), second = interval_of(after);
    if (first == second) return {};
    return fmt::format(
        "The intervals differ ({} before, {} after): what the coarser one did not see is not shown as gone "
        "or "
        "new.",
        interval_text(first), interval_text(second));
}

std::vector<ProfileChange> profile_changes(const Profile& before, const Profile& after, ProfileBy by,
                                           ProfileSort sort) {
    std::map<std::string, ProfileChange> by_key;
    for (const auto& [profile, side] :
         {std::pair(&before, &ProfileChange::before), {&after, &ProfileChange::after}}) {
        for (const ProfileRow& row : grouped(*profile, by, sort)) {
            ProfileChange& change = by_key[row.key];
            change.name = row.name;
            change.place = by == ProfileBy::process ? "" : row.place;
            change.*side += measure(row, sort);
        }
    }
    std::vector<ProfileChange> changes;
    const double interval_before = interval_of(before), interval_after = interval_of(after);
    for (auto& [key, change] : by_key) {
        doubt_absence(change.before, change.after, interval_before);
        doubt_absence(change.after, change.before, interval_after);
        if (change.before.value > 0 || change.after.value > 0) changes.push_back(std::move(change));
    }
    std::stable_sort(changes.begin(), changes.end(), [](const ProfileChange& a, const ProfileChange& b) {
        return a.shown() != b.shown() ? a.shown() : std::abs(a.change()) > std::abs(b.change());
    });
    return changes;
}

ProfileChange total_change(const Profile& before, const Profile& after, ProfileSort sort) {
    const auto all = [sort](const Profile& profile) {
        ProfileRow row;
        row.own = total_of(profile);
        row.cumulative = row.own.bytes;
        return measure(row, sort);
    };
    return {"total", "", all(before), all(after)};
}

std::string diff_text(const std::vector<ProfileChange>& changes, const ProfileChange& total, ProfileSort sort,
                      std::size_t top, bool colour) {
    Table table({{"bytes " + std::string(title_of(sort)), Align::left, 44},
                 {"where", Align::left, 28},
                 {"before"},
                 {"after"},
                 {"change"},
                 {"ratio"}});
    table.add(cells_of(total));
    const std::size_t shown = std::min(changes.size(), top);
    for (std::size_t i = 0; i < shown; ++i) table.add(cells_of(changes[i]));
    std::string text = table.text(colour);
    if (shown < changes.size()) text += fmt::format("and {} more (--top)\n", changes.size() - shown);
    return text +
           wrapped(
               "±: one standard error of the change, from sampling alone; ~: the change is within two, so "
               "that none is shown. Where nothing changed, 1 row in 20 goes beyond by chance.",
               98, 0) +
           "\n";
}

Json json_of(const ProfileChange& change) {
    return {{"name", change.name},
            {"place", change.place.empty() ? Json() : Json(change.place)},
            {"before", {change.before.value, change.before.error()}},
            {"after", {change.after.value, change.after.error()}},
            {"change", {change.change(), change.error()}},
            {"significant", change.shown()}};
}

}  // namespace morpharena::tool
