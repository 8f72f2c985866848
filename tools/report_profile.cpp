#include "tools/report_profile.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/flame_graph.h"
#include "tools/html_text.h"
#include "tools/profile_table.h"
#include "tools/profile_verdict.h"
#include "tools/size_text.h"

namespace morpharena::tool {
namespace {

constexpr std::size_t kMostRows = 50;

}  // namespace

std::string profile_flames_html(const Profile& profile) {
    std::string text;
    for (const auto& [title, value] : {std::pair("Bytes allocated", ProfileValue::bytes),
                                       {"Bytes live at each process's peak", ProfileValue::peak}}) {
        const std::string graph = flame_graph(profile, value);
        if (!graph.empty()) text += fmt::format("<h3>{}</h3>{}", title, graph);
    }
    if (text.empty()) return text;
    return "<p class=\"dim\">Each row is called by the one above it; the topmost are programs. A box is as "
           "wide as "
           "its bytes; point at it for its figures.</p>" +
           text;
}

std::vector<std::vector<std::string>> profile_table_cells(const Profile& profile) {
    const SiteFigures all = total_of(profile);
    if (!(all.bytes.value > 0)) return {};
    std::vector<std::vector<std::string>> cells = {{"site", "where", "allocated", "cumulative", "share",
                                                    "objects", "live at peak", "died young", "verdict"}};
    const auto rows = grouped(profile, ProfileBy::site, ProfileSort::own);
    for (std::size_t i = 0; i < std::min(rows.size(), kMostRows); ++i) {
        const ProfileRow& row = rows[i];
        if (!(row.own.bytes.value > 0)) break;  // such functions only call
        const Share young = share_of(row.own.young, row.own.bytes);
        cells.push_back({row.name, row.place, estimate_text(row.own.bytes), estimate_text(row.cumulative),
                         percent_text(row.own.bytes.value / all.bytes.value),
                         count_text(row.own.objects.value), estimate_text(row.own.peak), share_text(young),
                         name_of(verdict_on(row.own))});
    }
    return cells;
}

std::string profile_table_html(const Profile& profile) {
    const auto rows = profile_table_cells(profile);
    if (rows.empty()) return {};
    std::string text = "<div class=\"scroll\" tabindex=\"0\"><table><thead><tr>";
    for (const std::string& title : rows.front()) text += "<th>" + title + "</th>";
    text += "</tr></thead><tbody>";
    for (std::size_t i = 1; i < rows.size(); ++i) {
        text += "<tr>";
        for (std::size_t c = 0; c < rows[i].size(); ++c)
            text += fmt::format("<td{}>{}</td>", c == 0 ? " class=\"symbol\"" : "", html(rows[i][c]));
        text += "</tr>";
    }
    return text + "</tbody></table></div><p class=\"dim\">" + html(kVerdictRule) + "</p>";
}

std::string profile_notes_html(const Profile& profile) {
    std::string text;
    for (const std::string& note : profile_notes(profile)) text += "<p>" + html(note) + "</p>";
    return text;
}

}  // namespace morpharena::tool
