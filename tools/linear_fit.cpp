#include "tools/linear_fit.h"

#include <boost/math/distributions/students_t.hpp>
#include <cmath>

namespace morpharena::tool {
namespace {

// Where the band's edge reaches y: the line plus `sign` times t s sqrt(1 + 1/n + (x - mean)^2 / spread). The
// edge rises to the right of the points, so that halving finds the place; nothing within `most`.
std::optional<double> band_crossing(const LinearFit& fit, double y, double sign, double most) {
    const auto count = static_cast<double>(fit.points);
    const double t = boost::math::quantile(boost::math::students_t(count - 2), 0.975);
    const auto edge = [&](double x) {
        const double away = x - fit.mean_x;
        const double width = t * fit.residual * std::sqrt(1 + 1 / count + away * away / fit.spread_x);
        return fit.intercept + fit.slope * x + sign * width;
    };
    double low = fit.mean_x;
    double high = most;
    if (edge(low) > y) return low;
    if (edge(high) < y) return std::nullopt;
    for (int i = 0; i < 200 && high - low > 1e-9 * most; ++i) {
        const double middle = (low + high) / 2;
        (edge(middle) < y ? low : high) = middle;
    }
    // The end that lies further out: where the points lie on a line, the band has no width, and the other end
    // would lie on the wrong side of the crossing.
    return sign > 0 ? low : high;
}

}  // namespace

std::optional<LinearFit> fit_line(std::span<const std::pair<double, double>> points) {
    const auto count = static_cast<double>(points.size());
    if (points.size() < 2) return std::nullopt;
    double mean_x = 0, mean_y = 0;
    for (const auto& [x, y] : points) mean_x += x / count, mean_y += y / count;
    double xx = 0, xy = 0, yy = 0;
    for (const auto& [x, y] : points) {
        xx += (x - mean_x) * (x - mean_x);
        xy += (x - mean_x) * (y - mean_y);
        yy += (y - mean_y) * (y - mean_y);
    }
    if (!(xx > 0)) return std::nullopt;
    const double slope = xy / xx;
    const double unexplained = std::max(0.0, yy - slope * xy);
    const double residual = points.size() > 2 ? std::sqrt(unexplained / (count - 2)) : 0;
    const double r2 = yy > 0 ? 1 - unexplained / yy : 1;
    return LinearFit{mean_y - slope * mean_x, slope, r2, residual, points.size(), mean_x, xx};
}

std::optional<Crossing> crossing(const LinearFit& fit, double y) {
    if (!(fit.slope > 0)) return std::nullopt;
    Crossing found{(y - fit.intercept) / fit.slope, std::nullopt, std::nullopt};
    if (fit.points < 3) return found;
    const double most = std::max(std::abs(found.at), std::abs(fit.mean_x)) * 100;
    found.low = band_crossing(fit, y, +1, most);
    found.high = band_crossing(fit, y, -1, most);
    return found;
}

}  // namespace morpharena::tool
