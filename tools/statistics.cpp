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

struct Moments {
    double count;
    double mean;
    double variance;  // of the sample, by count - 1
};

Moments moments(const std::vector<double>& values) {
    Moments found{static_cast<double>(values.size()), 0, 0};
    for (const double value : values) found.mean += value / found.count;
    for (const double value : values) found.variance += (value - found.mean) * (value - found.mean);
    found.variance /= found.count - 1;
    return found;
}

// Empty when one of them has none.
std::vector<double> logarithms(std::span<const double> values) {
    std::vector<double> logs;
    for (const double value : values) {
        if (!(value > 0) || !std::isfinite(value)) return {};
        logs.push_back(std::log(value));
    }
    return logs;
}

}  // namespace

Ratio ratio_of_mean(double mean, double standard_error, double freedom, std::size_t pairs) {
    const double half = boost::math::quantile(boost::math::students_t(freedom), 0.975) * standard_error;
    const bool significant = std::abs(mean) > std::max(half, kRoundingError);
    return {std::exp(mean), std::exp(mean - half), std::exp(mean + half), pairs, significant};
}

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
    const Moments of = moments(logs);
    return ratio_of_mean(of.mean, std::sqrt(of.variance / of.count), of.count - 1, logs.size());
}

std::optional<Ratio> unpaired_ratio(std::span<const double> base, std::span<const double> other,
                                    double floor) {
    const auto base_logs = logarithms(base);
    const auto other_logs = logarithms(other);
    if (base_logs.size() < 2 || other_logs.size() < 2) return std::nullopt;
    if (median({base.begin(), base.end()}) < floor) return std::nullopt;
    const Moments a = moments(base_logs);
    const Moments b = moments(other_logs);
    const double va = a.variance / a.count;
    const double vb = b.variance / b.count;
    // Without any spread the formula is 0/0; the interval is a point then, whatever the degrees of freedom.
    const double freedom =
        va + vb > 0 ? (va + vb) * (va + vb) / (va * va / (a.count - 1) + vb * vb / (b.count - 1)) : 1;
    return ratio_of_mean(b.mean - a.mean, std::sqrt(va + vb), freedom, 0);
}

double half_width(const Ratio& ratio) {
    return std::max(ratio.high - ratio.ratio, ratio.ratio - ratio.low) / ratio.ratio;
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
