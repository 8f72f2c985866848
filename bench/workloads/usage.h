// What the kernel says that this process has used. No malloc: it is read beside the clock.
#pragma once

#include <cstddef>
#include <cstdint>

namespace morpharena::bench {

struct Usage {
    std::uint64_t time_ns;  // monotonic clock
    std::uint64_t user_ns;
    std::uint64_t system_ns;
    std::uint64_t minor_faults;
};
Usage usage_now();

// Of /proc/self: bytes, 0 where the kernel does not tell.
std::size_t resident_now();
std::size_t resident_peak();  // VmHWM
std::size_t huge_now();       // AnonHugePages
std::size_t memory_available();

}  // namespace morpharena::bench
