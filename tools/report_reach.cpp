#include "tools/report_reach.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "tools/printable.h"
#include "tools/size_text.h"
#include "tools/tree_account.h"

namespace morpharena::tool {
namespace {

std::string reach_text(const std::string& word) {
    for (int i = 0; i <= static_cast<int>(Reach::unseen); ++i) {
        const auto reach = static_cast<Reach>(i);
        if (word == name_of(reach)) return std::string(describe(reach));
    }
    return word;
}

std::string setting_text(const JsonPlace& point) {
    std::string text;
    if (!point.has("parameters")) return text;
    for (const auto& [name, value] : point.at("parameters").members()) {
        const Json& node = value.node();
        text += (text.empty() ? "" : ", ") + name + "=" +
                (node.is_string() ? node.get<std::string>() : node.dump());
    }
    return text;
}

}  // namespace

ReportReach reach_from(const JsonPlace& tree) {
    std::map<std::pair<std::string, std::string>, ReachRow> rows;
    double all = 0;
    for (const JsonPlace& image : tree.list("images")) {
        const std::string program = std::filesystem::path(image.text_or("path", "?")).filename().string();
        ReachRow& row = rows[{image.text_or("reach", "?"), program}];
        row.reach = reach_text(image.text_or("reach", "?"));
        row.program = program;
        row.execs += image.flag("forked") ? 0 : 1;
        row.cpu += image.number("cpu").value_or(0);
        row.peak = std::max(row.peak, image.count("peak_rss").value_or(0));
        all += image.number("cpu").value_or(0);
    }
    ReportReach reach;
    for (auto& [key, row] : rows) reach.rows.push_back(std::move(row));
    std::stable_sort(reach.rows.begin(), reach.rows.end(),
                     [](const ReachRow& a, const ReachRow& b) { return a.cpu > b.cpu; });
    if (all > 0) reach.outside_share = tree.number("outside_cpu").value_or(0) / all;
    return reach;
}

std::vector<FrontierEdge> edges_from(const JsonPlace& document) {
    std::vector<FrontierEdge> edges;
    for (const JsonPlace& point : document.list("points")) {
        for (const JsonPlace& allocator : point.list("allocators")) {
            FrontierEdge edge;
            edge.command = shell_words(point.texts("command"));
            edge.setting = setting_text(point);
            edge.label = allocator.text("label");
            edge.survives = allocator.count("survives");
            edge.fails = allocator.count("fails");
            edge.machine = allocator.count("machine");
            for (const JsonPlace& run : allocator.list("runs")) {
                ++edge.runs;
                edge.confirming += run.flag("confirming") ? 1 : 0;
            }
            edges.push_back(std::move(edge));
        }
    }
    return edges;
}

std::vector<FrontierFit> fits_from(const JsonPlace& document) {
    std::vector<FrontierFit> fits;
    for (const JsonPlace& fit : document.list("fits")) {
        std::string text = fmt::format(
            "{} + {} for each unit of {}, r2 {:.3f}, from {} sizes",
            bytes_text(fit.number("intercept").value_or(0)), bytes_text(fit.number("slope").value_or(0)),
            fit.text_or("parameter", "?"), fit.number("r2").value_or(0), fit.list("points").size());
        if (fit.has("exceeds_8_gib_at")) {
            const JsonPlace at = fit.at("exceeds_8_gib_at");
            text += fmt::format("; exceeds 8 GiB at {:.4g}", at.number("at").value_or(0));
            const auto low = at.number("low"), high = at.number("high");
            if (low && high) text += fmt::format(" ({:.4g} .. {:.4g})", *low, *high);
        }
        fits.push_back({fit.text_or("label", "?"), std::move(text)});
    }
    return fits;
}

}  // namespace morpharena::tool
