#include <cmath>
#include <cstdlib>

#include "tools/exit_code.h"
#include "tools/frontier_report.h"

namespace morpharena::tool {
namespace {

std::optional<double> number(const std::string& text) {
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    return text.empty() || *end != '\0' || !std::isfinite(value) ? std::nullopt : std::optional(value);
}

}  // namespace

std::vector<ScaleFit> fits_of(const std::vector<Frontier>& frontiers) {
    std::vector<ScaleFit> fits;
    if (frontiers.empty() || frontiers.front().plan.setting.empty()) return fits;
    for (std::size_t i = 0; i < frontiers.front().labels.size(); ++i) {
        ScaleFit scale{frontiers.front().labels[i], frontiers.front().plan.setting.front().first, {}, {}, {}};
        for (const Frontier& frontier : frontiers) {
            const auto size = number(frontier.plan.setting.front().second);
            if (!size || i >= frontier.edges.size() || !frontier.edges[i].survives) continue;
            scale.points.emplace_back(*size, static_cast<double>(*frontier.edges[i].survives));
        }
        const auto fit = fit_line(scale.points);
        if (!fit) continue;
        scale.fit = *fit;
        scale.eight_gib = crossing(*fit, static_cast<double>(8 * kGiB - kSystemReserve));
        fits.push_back(std::move(scale));
    }
    return fits;
}

int exit_code_for(const std::vector<Frontier>& frontiers) {
    int worst = kOk;
    for (const Frontier& frontier : frontiers) {
        if (frontier.interrupted) return kInterrupted;
        if (!frontier.stop_reason.empty()) return kBadInput;
        for (const Edge& edge : frontier.edges) {
            // Failures on the way are the method; a first run that fails is the finding.
            if (edge.survives || edge.trials.empty()) continue;
            worst = std::max(worst, exit_code_for(edge.trials.front().result.outcome));
        }
    }
    return worst;
}

}  // namespace morpharena::tool
