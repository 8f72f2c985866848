#include "tools/profile_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "tools/printable.h"
#include "tools/profile_verdict.h"
#include "tools/size_text.h"
#include "tools/table.h"

namespace morpharena::tool {
namespace {

constexpr std::size_t kWidth = 98;

Style style_of(SiteVerdict verdict) {
    switch (verdict) {
        case SiteVerdict::free:
            return Style::good;
        case SiteVerdict::wasteful:
        case SiteVerdict::leak_like:
            return Style::bad;
        default:
            return Style::dim;
    }
}

std::vector<Cell> figure_cells(const SiteFigures& own, const Estimate& all) {
    const SiteVerdict verdict = verdict_on(own);
    if (!(own.bytes.value > 0)) return {{"-"}, {""}, {"-"}, {"-"}, {"-"}, {""}};
    return {{estimate_text(own.bytes)},
            {fmt::format("{:.1f} %", 100 * own.bytes.value / all.value)},
            {count_text(own.objects.value)},
            {estimate_text(own.peak)},
            {share_text(share_of(own.young, own.bytes))},
            {name_of(verdict), style_of(verdict)}};
}

const std::vector<Column>& figure_columns() {
    static const std::vector<Column> columns = {{"allocated"},    {"share"},      {"objects"},
                                                {"live at peak"}, {"died young"}, {"verdict", Align::left}};
    return columns;
}

std::string rows_text(const Profile& profile, const ProfileView& view, const Estimate& all, bool colour) {
    const std::vector<ProfileRow> rows = grouped(profile, view.by, view.sort);
    const bool sites = view.by == ProfileBy::site;
    std::vector<Column> columns = {{sites                          ? "site"
                                    : view.by == ProfileBy::module ? "module"
                                                                   : "process",
                                    Align::left, 44},
                                   {"where", Align::left, 28}};
    columns.insert(columns.end(), figure_columns().begin(), figure_columns().end());
    if (view.by != ProfileBy::process) columns.insert(columns.begin() + 3, {"cumulative"});
    Table table(columns);
    const std::size_t shown = std::min(rows.size(), view.top);
    for (std::size_t i = 0; i < shown; ++i) {
        std::vector<Cell> cells = figure_cells(rows[i].own, all);
        if (view.by != ProfileBy::process)
            cells.insert(cells.begin() + 1, {estimate_text(rows[i].cumulative)});
        cells.insert(cells.begin(), {{rows[i].name}, {rows[i].place}});
        table.add(std::move(cells));
    }
    std::string text = table.text(colour);
    if (shown < rows.size()) text += fmt::format("and {} more (--top)\n", rows.size() - shown);
    return text;
}

// Children below their parents, by time of start; what has no parent here stands at the left.
class Tree {
  public:
    Tree(const Profile& profile, const Estimate& all, Table& table)
        : profile_(profile), all_(all), table_(table) {
        std::map<std::int32_t, std::size_t> latest;  // record of each pid, so far
        std::map<std::size_t, std::size_t> parents;
        for (std::size_t i = 0; i < profile.processes.size(); ++i) {
            const ProfiledProcess& process = profile.processes[i];
            const auto before = latest.find(process.pid);
            const auto parent = latest.find(process.parent);
            if (before != latest.end()) {
                // It replaced itself by exec: beside what it was.
                if (const auto above = parents.find(before->second); above != parents.end())
                    parents[i] = above->second;
            } else if (parent != latest.end()) {
                parents[i] = parent->second;
            }
            latest[process.pid] = i;
            const auto above = parents.find(i);
            (above == parents.end() ? roots_ : children_[above->second]).push_back(i);
        }
    }
    void show() {
        for (const std::size_t root : roots_) show(root, 0);
    }

  private:
    void show(std::size_t index, std::size_t depth) {
        const ProfiledProcess& process = profile_.processes[index];
        std::vector<Cell> cells = {{std::string(2 * depth, ' ') + process.program},
                                   {fmt::format("{}", process.pid)}};
        if (process.problem.empty()) {
            const auto figures = figure_cells(total_of(process), all_);
            cells.insert(cells.end(), figures.begin(), figures.end());
        } else {
            cells.push_back({process.problem, Style::dim});
        }
        table_.add(std::move(cells));
        for (const std::size_t child : children_[index]) show(child, depth + 1);
    }

    const Profile& profile_;
    const Estimate& all_;
    Table& table_;
    std::map<std::size_t, std::vector<std::size_t>> children_;
    std::vector<std::size_t> roots_;
};

std::string tree_text(const Profile& profile, const Estimate& all, bool colour) {
    std::vector<Column> columns = {{"process", Align::left, 44}, {"pid"}};
    columns.insert(columns.end(), figure_columns().begin(), figure_columns().end());
    Table table(columns);
    Tree(profile, all, table).show();
    return table.text(colour);
}

std::string head_text(const Profile& profile, const SiteFigures& all) {
    std::size_t profiled = 0;
    std::set<std::uint64_t> intervals;
    for (const ProfiledProcess& process : profile.processes) {
        if (!process.problem.empty()) continue;
        ++profiled;
        intervals.insert(process.interval);
    }
    if (profiled == 0) return "No process was profiled.\n";
    const std::string how = intervals == std::set<std::uint64_t>{1} ? "every allocation counted"
                            : intervals.size() > 1
                                ? "sampled at different intervals"
                                : fmt::format("one sample in {} on average; ± is one standard error",
                                              bytes_text(static_cast<double>(*intervals.begin())));
    return fmt::format("{} process{} profiled, {} samples: {} allocated in {} objects ({})\n", profiled,
                       profiled == 1 ? "" : "es", count_text(static_cast<double>(all.samples)),
                       estimate_text(all.bytes), count_text(all.objects.value), how);
}

}  // namespace

std::string estimate_text(const Estimate& estimate) {
    if (!(estimate.value > 0)) return "0 B";
    if (!(estimate.variance > 0)) return bytes_text(estimate.value);
    const double percent = 100 * estimate.error() / estimate.value;
    if (percent < 0.1) return fmt::format("{} ± <0.1 %", bytes_text(estimate.value));
    return fmt::format("{} ± {:.{}f} %", bytes_text(estimate.value), percent, percent < 9.95 ? 1 : 0);
}

std::string share_text(const Share& share) {
    // Half a percent would be shown as 0.
    return share.error >= 0.005 ? fmt::format("{:.0f} ± {:.0f} %", 100 * share.value, 100 * share.error)
                                : fmt::format("{:.0f} %", 100 * share.value);
}

std::vector<std::string> profile_notes(const Profile& profile) {
    std::vector<std::string> notes;
    std::map<std::string, std::map<std::string, std::size_t>> problems;
    std::uint64_t samples = 0, not_unwound = 0, cut = 0, lost = 0;
    double lost_bytes = 0;
    for (const ProfiledProcess& process : profile.processes) {
        if (!process.problem.empty()) ++problems[process.problem][process.program];
        samples += process.samples;
        not_unwound += process.not_unwound;
        cut += process.cut;
        lost += process.lost;
        lost_bytes += process.lost_bytes;
    }
    for (const auto& [problem, programs] : problems) {
        std::string names;
        for (const auto& [program, count] : programs)
            names += (names.empty() ? "" : ", ") + program + (count > 1 ? fmt::format(" ({})", count) : "");
        notes.push_back(fmt::format("Not profiled: {}: {}", names, problem));
    }
    if (samples != 0 || lost != 0) {
        notes.push_back(
            fmt::format("{} of {} samples have a stack that could not be unwound to its end, {} one "
                        "that was too deep",
                        not_unwound, samples, cut));
    }
    if (lost != 0)
        notes.push_back(fmt::format("{} samples ({}) are in no site", lost, bytes_text(lost_bytes)));
    std::map<std::string, std::string> origins;
    std::set<std::size_t> used;
    for (const NamedCall& call : profile.calls) used.insert(call.module);
    for (const std::size_t module : used) {
        const NamedModule& one = profile.modules[module];
        if (one.source == NameSource::debug_information) continue;
        std::string& names = origins[one.origin];
        names += (names.empty() ? "" : ", ") + module_name(profile, module);
    }
    for (const auto& [origin, modules] : origins)
        notes.push_back(fmt::format("Names of {}: {}", modules, origin));
    return notes;
}

std::string profile_text(const Profile& profile, const ProfileView& view, bool colour) {
    const SiteFigures all = total_of(profile);
    std::string text = head_text(profile, all);
    if (all.samples != 0) {
        text += "\n" + rows_text(profile, view, all.bytes, colour);
        if (view.tree) text += "\n" + tree_text(profile, all.bytes, colour);
        text += "\n" + wrapped(kVerdictRule, kWidth, 0) + "\n";
    } else if (view.tree) {
        text += "\n" + tree_text(profile, all.bytes, colour);
    }
    for (const std::string& note : profile_notes(profile)) text += wrapped(printable(note), kWidth, 0) + "\n";
    return text;
}

}  // namespace morpharena::tool
