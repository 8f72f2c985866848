// A straight line through measured points, and where it is expected to cross a height.
#pragma once

#include <optional>
#include <span>
#include <utility>

namespace morpharena::tool {

struct LinearFit {
    double intercept;
    double slope;
    double r2;        // share of the variance that the line explains
    double residual;  // standard deviation around it, n - 2 degrees of freedom; 0 with two points
    std::size_t points;
    double mean_x;
    double spread_x;  // sum of squared distances from mean_x
};

// Ordinary least squares through (x, y). Nothing with fewer than two different x.
std::optional<LinearFit> fit_line(std::span<const std::pair<double, double>> points);

struct Crossing {
    double at;
    std::optional<double>
        low;  // 95 %: where the prediction band's edges cross; nothing with fewer than three
    std::optional<double> high;  // points, or where an edge of the band never does
};

// The x at which the line reaches `y`, for a rising line. Nothing when it does not rise.
std::optional<Crossing> crossing(const LinearFit& fit, double y);

}  // namespace morpharena::tool
