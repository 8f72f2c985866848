// The sampling process of profile_format.h: which objects are picked, and what each stands for.
#pragma once

#include <math.h>

#include <cstdint>

namespace morpharena::profile {

// An object of `size` bytes that was picked.
struct Weight {
    double objects;           // w
    double objects_variance;  // w * w * (1 - P)
    double bytes;             // w * s
    double bytes_variance;    // (w * s) * (w * s) * (1 - P)
};

inline Weight weight_of(std::uint64_t size, std::uint64_t interval) {
    const auto bytes = static_cast<double>(size);
    if (interval == 1) return {1, 0, bytes, 0};
    const double chance = -expm1(-bytes / static_cast<double>(interval));
    const double weight = 1 / chance;
    const double variance = weight * weight * (1 - chance);
    return {weight, variance, weight * bytes, variance * bytes * bytes};
}

// Bytes from here to the next point of the process, rounded up; 0 at interval 1, which every size reaches.
// `random`: 64 uniform bits.
inline std::uint64_t distance(std::uint64_t interval, std::uint64_t random) {
    if (interval == 1) return 0;
    const double uniform = static_cast<double>((random >> 11) + 1) * 0x1p-53;  // in (0, 1]
    const double bytes = ceil(-log(uniform) * static_cast<double>(interval));
    return bytes < 1 ? 1 : static_cast<std::uint64_t>(bytes);
}

// Sebastiano Vigna's SplitMix64: all of the state is a counter, so that threads can share it with one atomic
// addition.
inline constexpr std::uint64_t kRandomStep = 0x9e3779b97f4a7c15u;
inline std::uint64_t random_bits(std::uint64_t state) {
    state = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9u;
    state = (state ^ (state >> 27)) * 0x94d049bb133111ebu;
    return state ^ (state >> 31);
}

// The program may have set another rounding or unmasked the exceptions of floating point; it finds both, and
// the flags, as they were.
class PlainFloatingPoint {
  public:
    PlainFloatingPoint() { __builtin_ia32_ldmxcsr(0x1f80); }
    ~PlainFloatingPoint() { __builtin_ia32_ldmxcsr(before_); }
    PlainFloatingPoint(const PlainFloatingPoint&) = delete;
    PlainFloatingPoint& operator=(const PlainFloatingPoint&) = delete;

  private:
    unsigned before_ = __builtin_ia32_stmxcsr();
};

}  // namespace morpharena::profile
