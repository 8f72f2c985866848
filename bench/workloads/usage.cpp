#include "bench/workloads/usage.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace morpharena::bench {
namespace {

std::uint64_t nanoseconds(const timeval& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
           static_cast<std::uint64_t>(time.tv_usec) * 1000;
}

// The figure behind `key` in a file of lines "Key:  123 kB", in bytes.
std::size_t kib_line(const char* path, const char* key) {
    static char text[16384];
    const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    std::size_t length = 0;
    for (ssize_t got = 1; got > 0 && length < sizeof text - 1;) {
        got = ::read(fd, text + length, sizeof text - 1 - length);
        if (got > 0) length += static_cast<std::size_t>(got);
    }
    ::close(fd);
    text[length] = '\0';
    const char* line = std::strstr(text, key);
    return line == nullptr ? 0 : std::strtoul(line + std::strlen(key), nullptr, 10) * 1024;
}

}  // namespace

Usage usage_now() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return {static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec),
            nanoseconds(used.ru_utime), nanoseconds(used.ru_stime),
            static_cast<std::uint64_t>(used.ru_minflt)};
}

// The rollup counts page by page; VmRSS of status lags behind by up to 64 pages a thread.
std::size_t resident_now() {
    return kib_line("/proc/self/smaps_rollup", "Rss:");
}

std::size_t resident_peak() {
    return kib_line("/proc/self/status", "VmHWM:");
}

std::size_t huge_now() {
    return kib_line("/proc/self/smaps_rollup", "AnonHugePages:");
}

std::size_t memory_available() {
    return kib_line("/proc/meminfo", "MemAvailable:");
}

}  // namespace morpharena::bench
