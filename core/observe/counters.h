// The counters as structs, made from counters.def, and the size classes by which objects are counted.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "core/base/align.h"
#include "core/base/counter.h"
#include "core/base/size_classes.h"

namespace morpharena {

// Objects of up to kSmallLimit bytes are counted by granules of 16 bytes: class g holds sizes 16g-15 to 16g,
// so the count alone tells the bytes used, exactly. Larger ones are counted by powers of two, with their
// bytes.
inline constexpr std::size_t kSmallLimit = 1024;
inline constexpr std::size_t kSmallClasses = kSmallLimit / kGranule + 1;  // index 0 is never used
inline constexpr std::size_t kMediumClasses = 38;                         // up to 2^48 bytes

// The power-of-two class of a size above kSmallLimit: class c holds 2^(10+c)+1 to 2^(11+c) bytes.
constexpr std::size_t medium_class(std::size_t size) {
    const auto log2 = static_cast<std::size_t>(std::bit_width(size - 1)) - 11;
    return log2 < kMediumClasses ? log2 : kMediumClasses - 1;
}
// The largest size of a medium class, in bytes.
constexpr std::size_t medium_class_limit(std::size_t index) {
    return std::size_t{2048} << index;
}

// One thread's counters; 64-byte aligned so that no two threads write the same cache line.
struct alignas(64) ThreadCounters {
#define THREAD_COUNTER(name, unit, cost, help) Counter name;
#include "core/observe/counters.def"
    std::array<Counter, kSmallClasses> small_objects;    // by granules
    std::array<Counter, kMediumClasses> medium_objects;  // by medium_class
    std::array<Counter, kMediumClasses> medium_bytes;    // bytes asked, by medium_class
    // The pool's objects by size class, where tracked: live now and the most at once. A thread that frees
    // what others made has a negative `live` (in two's complement); the sum over the threads is true, the sum
    // of the peaks is an upper bound.
    std::array<Counter, kSizeClasses> class_live;
    std::array<Counter, kSizeClasses> class_peak;
};

struct alignas(64) ProcessCounters {
#define PROCESS_COUNTER(name, unit, merge, cost, help) Counter name;
#include "core/observe/counters.def"
};

// Names every row of both tables and every array's length: two builds that differ here cannot read each
// other's records.
constexpr std::uint64_t counters_layout_hash() {
    std::uint64_t hash = 14695981039346656037ull;  // FNV-1a, 64 bits
    const auto mix = [&hash](const char* text) {
        for (; *text != '\0'; ++text) hash = (hash ^ static_cast<unsigned char>(*text)) * 1099511628211ull;
    };
#define THREAD_COUNTER(name, unit, cost, help) mix("t:" #name ";");
#define PROCESS_COUNTER(name, unit, merge, cost, help) mix("p:" #name ";");
#include "core/observe/counters.def"
    return hash ^ (kSmallClasses << 32) ^ (kSizeClasses << 16) ^ kMediumClasses;
}

}  // namespace morpharena
