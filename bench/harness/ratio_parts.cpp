#include "bench/harness/ratio_parts.h"

#include <fmt/format.h>

namespace morpharena::bench {

using namespace morpharena::tool;

namespace {

std::string ratio_text(double ratio) {
    return fmt::format("{:.{}f}", ratio, ratio < 10 ? 3 : ratio < 100 ? 1 : 0);
}

}  // namespace

std::string nanoseconds_text(double ns) {
    return fmt::format("{:.{}f}", ns, ns < 100 ? 2 : ns < 1000 ? 1 : 0);
}

void add_ratio(std::vector<Cell>& row, const std::optional<Ratio>& ratio, bool with_interval) {
    const Style style = !ratio || !ratio->significant ? Style::dim
                        : ratio->ratio < 1            ? Style::good
                                                      : Style::bad;
    row.push_back({ratio ? (ratio->significant ? "" : "~ ") + ratio_text(ratio->ratio) : "-", style});
    if (!with_interval) return;
    row.push_back({ratio ? ratio_text(ratio->low) + " .. " + ratio_text(ratio->high) : "", style});
}

Json json_of_ratio(const std::optional<Ratio>& ratio) {
    if (!ratio) return {};
    return {{"ratio", ratio->ratio},
            {"low", ratio->low},
            {"high", ratio->high},
            {"pairs", ratio->pairs},
            {"significant", ratio->significant}};
}

}  // namespace morpharena::bench
