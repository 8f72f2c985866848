#include "tools/statistics.h"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

namespace morpharena::tool {
namespace {

// Logarithms of equal ratios differ in their last bits; an interval narrower than this is a point, and a mean
// nearer to 0 is 0.
constexpr double kRoundingError = 1e-12;

}  // namespace

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::optional<Ratio> paired_ratio(std::span<const Pair> pairs, double floor) {
    if (pairs.size() < 2) return std::nullopt;
    std::vector<double> logs;
    std::vector<double> bases;
    for (const Pair& pair : pairs) {
        if (!(pair.base > 0) || !(pair.other > 0)) return std::nullopt;
        const double log_ratio = std::log(pair.other / pair.base);
        if (!std::isfinite(log_ratio)) return std::nullopt;
        logs.push_back(log_ratio);
        bases.push_back(pair.base);
    }
    if (median(std::move(bases)) < floor) return std::nullopt;

    const auto count = static_cast<double>(logs.size());
    double mean = 0;
    for (const double value : logs) mean += value / count;
    double squares = 0;
    for (const double value : logs) squares += (value - mean) * (value - mean);
    const double standard_error = std::sqrt(squares / (count - 1) / count);
    const double quantile = boost::math::quantile(boost::math::students_t(count - 1), 0.975);
    const double half = quantile * standard_error;

    const bool significant = std::abs(mean) > std::max(half, kRoundingError);
    return Ratio{std::exp(mean), std::exp(mean - half), std::exp(mean + half), logs.size(), significant};
}

std::optional<Ratio> paired_median(std::span<const Pair> pairs) {
    std::vector<double> ratios;
    for (const Pair& pair : pairs) {
        if (!(pair.base > 0) || !(pair.other > 0) || !std::isfinite(pair.other / pair.base))
            return std::nullopt;
        ratios.push_back(pair.other / pair.base);
    }
    const std::size_t count = ratios.size();
    const boost::math::binomial below(static_cast<double>(count),
                                      0.5);  // how many fall below the true median
    std::size_t rank = 0;
    while (rank < count && boost::math::cdf(below, static_cast<double>(rank)) <= 0.025) ++rank;
    if (rank == 0) return std::nullopt;

    std::sort(ratios.begin(), ratios.end());
    const double low = ratios[rank - 1];
    const double high = ratios[count - rank];
    return Ratio{median(ratios), low, high, count, low > 1 || high < 1};
}

}  // namespace morpharena::tool
