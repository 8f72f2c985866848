// The rows of workloads.def for those who only name them.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace morpharena::bench {

struct WorkloadInfo {
    std::string_view name;
    std::size_t count;  // in the unit that the summary names
    std::size_t size;   // 0: a mix of its own
    std::string_view summary;
};

inline constexpr std::array kWorkloads = {
#define WORKLOAD(name, count, size, summary) WorkloadInfo{#name, count, size, summary},
#include "bench/workloads/workloads.def"
};

}  // namespace morpharena::bench
