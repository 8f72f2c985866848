#include "tools/profile_groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "tools/exit_code.h"
#include "tools/printable.h"

namespace morpharena::tool {
namespace {

// Rows in the making. `places` says where the bytes of each were asked for, to show the place of most.
class Groups {
  public:
    Groups(const Profile& profile, ProfileBy by) : profile_(profile), by_(by) {}

    void add(std::size_t process) {
        const ProfiledProcess& one = profile_.processes[process];
        for (const CallSite& site : one.sites) {
            if (by_ == ProfileBy::process) {
                add_whole(one, site);
            } else {
                add_calls(site, process);
            }
        }
    }

    std::vector<ProfileRow> rows() && {
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            const auto most =
                std::max_element(places_[i].begin(), places_[i].end(),
                                 [](const auto& a, const auto& b) { return a.second < b.second; });
            if (most != places_[i].end()) rows_[i].place = most->first;
        }
        return std::move(rows_);
    }

  private:
    void add_whole(const ProfiledProcess& process, const CallSite& site) {
        const std::size_t row = row_of(process.record, process.program);
        rows_[row].key = process.program;  // pids differ from run to run
        rows_[row].place = fmt::format("pid {}", process.pid);
        rows_[row].own += site.figures;
        rows_[row].cumulative += site.figures.bytes;
        rows_[row].processes = 1;
    }

    void add_calls(const CallSite& site, std::size_t process) {
        const auto frames = frames_of(profile_, site);
        const std::size_t own =
            frames.empty() ? row_of(end_text(site.end), end_text(site.end)) : row_of(frames.front().function);
        rows_[own].own += site.figures;
        if (!frames.empty()) note_place(own, own_place(frames), site.figures.bytes.value);
        std::set<std::size_t> callers = {own};  // recursion counts once
        for (const NamedFrame& frame : frames) {
            const std::size_t row = row_of(frame.function);
            // Where a function only calls, show where it does.
            if (callers.insert(row).second) note_place(row, place_of(profile_, frame), 0);
        }
        for (const std::size_t row : callers) {
            rows_[row].cumulative += site.figures.bytes;
            if (last_process_[row] != process) ++rows_[row].processes;
            last_process_[row] = process;
        }
    }

    // Of a function without a name, the nearest caller that has one says more than its module alone.
    std::string own_place(const std::vector<NamedFrame>& frames) const {
        const std::string place = place_of(profile_, frames.front());
        if (has_name(profile_, profile_.functions[frames.front().function])) return place;
        for (const NamedFrame& frame : frames) {
            const NamedFunction& caller = profile_.functions[frame.function];
            if (has_name(profile_, caller)) return "below " + caller.name;
        }
        return place;
    }

    void note_place(std::size_t row, const std::string& place, double bytes) {
        if (by_ == ProfileBy::site) places_[row][place] += bytes;
    }

    std::size_t row_of(std::size_t function) {
        const auto [entry, fresh] = of_function_.try_emplace(function);
        if (fresh) {
            const NamedFunction& named = profile_.functions[function];
            const std::string module = module_name(profile_, named.module);
            // One row a function, whichever file an inlined part of it came from.
            entry->second = by_ == ProfileBy::module ? row_of(module, module)
                                                     : row_of(named.name + " in " + module, named.name);
            if (by_ == ProfileBy::module) rows_[entry->second].place = profile_.modules[named.module].path;
        }
        return entry->second;
    }

    std::size_t row_of(const std::string& key, const std::string& name) {
        const auto [entry, fresh] = of_key_.try_emplace(key, rows_.size());
        if (fresh) {
            rows_.push_back({key, name, "", 0, {}, {}});
            places_.emplace_back();
            last_process_.push_back(SIZE_MAX);
        }
        return entry->second;
    }

    const Profile& profile_;
    ProfileBy by_;
    std::vector<ProfileRow> rows_;
    std::vector<std::map<std::string, double>> places_;
    std::vector<std::size_t> last_process_;
    std::unordered_map<std::size_t, std::size_t> of_function_;
    std::map<std::string, std::size_t> of_key_;
};

}  // namespace

ProfileBy profile_by_named(const std::string& name) {
    if (name == "site") return ProfileBy::site;
    if (name == "module") return ProfileBy::module;
    if (name == "process") return ProfileBy::process;
    throw BadInput(fmt::format("--by {}: right is site, module or process", printable(name)));
}

ProfileSort profile_sort_named(const std::string& name) {
    if (name == "own") return ProfileSort::own;
    if (name == "cumulative") return ProfileSort::cumulative;
    if (name == "peak") return ProfileSort::peak;
    if (name == "young") return ProfileSort::young;
    throw BadInput(fmt::format("--sort {}: right is own, cumulative, peak or young", printable(name)));
}

Estimate measure(const ProfileRow& row, ProfileSort sort) {
    switch (sort) {
        case ProfileSort::own:
            return row.own.bytes;
        case ProfileSort::cumulative:
            return row.cumulative;
        case ProfileSort::peak:
            return row.own.peak;
        case ProfileSort::young:
            break;
    }
    return row.own.young;
}

std::vector<ProfileRow> grouped(const Profile& profile, ProfileBy by, ProfileSort sort) {
    Groups groups(profile, by);
    for (std::size_t i = 0; i < profile.processes.size(); ++i) groups.add(i);
    std::vector<ProfileRow> rows = std::move(groups).rows();
    std::stable_sort(rows.begin(), rows.end(), [&](const ProfileRow& a, const ProfileRow& b) {
        const double left = measure(a, sort).value, right = measure(b, sort).value;
        return left != right ? left > right : a.cumulative.value > b.cumulative.value;
    });
    return rows;
}

}  // namespace morpharena::tool
