// Rounding and overflow-checked size arithmetic. Nothing here allocates, calls libc or can fail silently.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace morpharena {

// Every object starts on this boundary, as x86-64 SSE code expects of malloc. It is also the grain of
// the object bitmap: one bit stands for one granule.
inline constexpr std::size_t kGranule = 16;

// The largest request that glibc's malloc accepts; anything above answers NULL and ENOMEM.
inline constexpr std::size_t kMaxRequest = PTRDIFF_MAX;

constexpr bool is_power_of_two(std::size_t value) {
    return std::has_single_bit(value);
}

// `alignment` must be a power of two; the result wraps if value > SIZE_MAX - alignment + 1, so callers check
// the request against kMaxRequest before they round it.
constexpr std::size_t align_up(std::size_t value, std::size_t alignment) {
    return (value + alignment - 1) & ~(alignment - 1);
}

constexpr std::size_t align_down(std::size_t value, std::size_t alignment) {
    return value & ~(alignment - 1);
}

// count * size in `product`; false when it does not fit, as calloc and reallocarray must detect.
constexpr bool checked_multiply(std::size_t count, std::size_t size, std::size_t& product) {
    return !__builtin_mul_overflow(count, size, &product);
}

// The granules that an object of `size` bytes takes: at least one, so that malloc(0) is unique.
constexpr std::size_t granules_of(std::size_t size) {
    return size == 0 ? 1 : (size + kGranule - 1) / kGranule;
}

}  // namespace morpharena
