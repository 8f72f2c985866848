#include "tools/profile_groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "tools/exit_code.h"
#include "tools/printable.h"
#include "tools/profile_verdict.h"

namespace morpharena::tool {
namespace {

// Rows in the making; `places` says where the bytes of each were asked, to show the place of most.
struct Groups {
    std::map<std::string, std::size_t> index;
    std::vector<ProfileRow> rows;
    std::vector<std::map<std::string, double>> places;
    std::vector<std::size_t> last_process;

    std::size_t row(const std::string& key, const std::string& name) {
        const auto [entry, fresh] = index.try_emplace(key, rows.size());
        if (fresh) {
            rows.push_back({key, name, "", 0, {}, {}});
            places.emplace_back();
            last_process.push_back(SIZE_MAX);
        }
        return entry->second;
    }
    void seen_in(std::size_t row, std::size_t process) {
        if (last_process[row] == process) return;
        last_process[row] = process;
        ++rows[row].processes;
    }
};

// Rows of functions or modules, keyed once each.
class Keys {
  public:
    Keys(const Profile& profile, ProfileBy by, Groups& groups) : profile_(profile), by_(by), groups_(groups) {}

    std::size_t of(std::size_t function) {
        const auto [entry, fresh] = rows_.try_emplace(function);
        if (fresh) entry->second = make(profile_.functions[function]);
        return entry->second;
    }
    std::size_t nobody() { return groups_.row(kNotUnwound, kNotUnwound); }

  private:
    std::size_t make(const ProfileFunction& function) {
        const std::string module = module_name(profile_, function.module);
        if (by_ == ProfileBy::module) return groups_.row(module, module);
        // One row a function, whatever file an inlined copy of it came from.
        return groups_.row(function.name + " in " + module, function.name);
    }

    const Profile& profile_;
    ProfileBy by_;
    Groups& groups_;
    std::unordered_map<std::size_t, std::size_t> rows_;
};

void add_site(const Profile& profile, const ProfileSite& site, std::size_t process, Keys& keys, Groups& groups) {
    const auto frames = frames_of(profile, site);
    const std::size_t own = frames.empty() ? keys.nobody() : keys.of(frames.front().function);
    groups.rows[own].own += site.figures;
    if (!frames.empty()) groups.places[own][place_of(profile, frames.front())] += site.figures.bytes.value;
    std::set<std::size_t> callers = {own};  // recursion counts once
    for (const auto& frame : frames) callers.insert(keys.of(frame.function));
    for (const std::size_t row : callers) {
        groups.rows[row].cumulative += site.figures.bytes;
        groups.seen_in(row, process);
    }
    if (by_line_missing(frames)) return;
}

double sorted_by(const ProfileRow& row, ProfileSort sort) {
    switch (sort) {
        case ProfileSort::own:
            return row.own.bytes.value;
        case ProfileSort::cumulative:
            return row.cumulative.value;
        case ProfileSort::peak:
            return row.own.peak_bytes.value;
        case ProfileSort::young:
            break;
    }
    return young_bytes(row.own).value;
}

}  // namespace
}  // namespace morpharena::tool
