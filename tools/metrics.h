// The quantities of one run, made from metrics.def.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace morpharena::tool {

enum class Metric : std::size_t {
#define METRIC(name, unit, floor, in_table, title, help) name,
#include "tools/metrics.def"
};

enum class Unit { seconds, count, bytes };

struct MetricInfo {
    Metric metric;
    std::string_view name;  // the key in JSON
    Unit unit;
    double floor;
    bool in_table;
    std::string_view title;
    std::string_view help;
};

inline constexpr std::array kMetrics = {
#define METRIC(name, unit, floor, in_table, title, help) \
    MetricInfo{Metric::name, #name, Unit::unit, floor, in_table, title, help},
#include "tools/metrics.def"
};

// What was measured; a quantity that could not be had is absent, never 0.
class Metrics {
  public:
    std::optional<double>& operator[](Metric metric) { return values_[static_cast<std::size_t>(metric)]; }
    const std::optional<double>& operator[](Metric metric) const {
        return values_[static_cast<std::size_t>(metric)];
    }

  private:
    std::array<std::optional<double>, kMetrics.size()> values_{};
};

std::string_view unit_name(Unit unit);
// For people: "812 ms", "84.0 MiB", "140 k".
std::string quantity_text(Unit unit, double value);

}  // namespace morpharena::tool
