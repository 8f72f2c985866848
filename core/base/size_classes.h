// The size classes of the pool: 16 to 128 bytes by 16, then four a doubling, as jemalloc and mimalloc space
// them, so that rounding wastes at most a fifth. The notes' classes (16, 32, 64, 128, 256) are among them.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "core/base/align.h"

namespace morpharena {

inline constexpr std::size_t kLinearClasses = 8;  // 16, 32, ... 128
inline constexpr std::size_t kLargestSlabObject = 32 << 10;
inline constexpr std::size_t kSizeClasses = kLinearClasses + 4 * 8;  // 128 is 2^7, 32 KiB is 2^15

// The class of a size of 1 to kLargestSlabObject bytes.
constexpr std::size_t size_class(std::size_t size) {
    if (size <= 128) return (size - 1) / kGranule;
    const auto doubling = static_cast<std::size_t>(std::bit_width(size - 1)) - 1;  // 2^doubling < size
    const std::size_t quarter = (size - 1) >> (doubling - 2);                      // 4 to 7
    return kLinearClasses + (doubling - 7) * 4 + (quarter - 4);
}

// The bytes of an object of a class.
constexpr std::size_t class_bytes(std::size_t index) {
    if (index < kLinearClasses) return (index + 1) * kGranule;
    const std::size_t doubling = (index - kLinearClasses) / 4 + 7;
    const std::size_t quarter = (index - kLinearClasses) % 4 + 4;
    return (quarter + 1) << (doubling - 2);
}

static_assert(size_class(1) == 0 && size_class(128) == 7 && class_bytes(7) == 128);
static_assert(size_class(129) == 8 && class_bytes(8) == 160 && size_class(256) == 11 &&
              class_bytes(11) == 256);
static_assert(size_class(kLargestSlabObject) == kSizeClasses - 1 &&
              class_bytes(kSizeClasses - 1) == kLargestSlabObject);

}  // namespace morpharena
