// What may be claimed from paired measurements.
#pragma once

#include <optional>
#include <span>
#include <vector>

namespace morpharena::tool {

// The same quantity under the allocator compared with and under the one in question, in one round.
struct Pair {
    double base;
    double other;
};

struct Ratio {
    double ratio;  // other / base, the geometric mean over the pairs
    double low;    // 95 % interval
    double high;
    std::size_t pairs;  // 0: unpaired
    bool significant;   // the interval does not hold 1
};

// How far the interval reaches from the ratio, as a share of it: 0.02 for 1.000 with 0.98 .. 1.02.
double half_width(const Ratio& ratio);

// The geometric mean of other/base with a 95 % interval: mean of the n logarithms plus and minus Student's t
// quantile (n-1 degrees of freedom) times their standard error, turned back by exp. Logarithms, since a
// factor of two up and a factor of two down must cancel out. Nothing when there are fewer than two pairs, a
// value is not above 0 or not finite, or the median of the base is below `floor` (where the clock's grain
// would be the finding).
std::optional<Ratio> paired_ratio(std::span<const Pair> pairs, double floor = 0);

// The median of other/base with a distribution-free interval of at least 95 %: the k-th smallest and the k-th
// largest ratio, where k follows from the binomial distribution with p = 1/2. For in-process times, which a
// host that takes a page away or a neighbour that wakes up throws far out; the mean of the logarithms would
// follow them. Nothing when there are fewer than 6 pairs (no such interval exists), or a value is not above 0
// or not finite.
std::optional<Ratio> paired_median(std::span<const Pair> pairs);

// The same for runs that have no partners, such as those of another day: the difference of the logarithms'
// means with Welch's interval (unequal variances, Welch-Satterthwaite degrees of freedom). Both need two
// values.
std::optional<Ratio> unpaired_ratio(std::span<const double> base, std::span<const double> other,
                                    double floor = 0);

// What a mean of logarithms with a standard error says: Student's interval, turned back by exp.
Ratio ratio_of_mean(double mean, double standard_error, double freedom, std::size_t pairs);

// The middle value; of an even number, the mean of the two in the middle. `values` must not be empty.
double median(std::vector<double> values);

}  // namespace morpharena::tool
