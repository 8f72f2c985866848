#include <cstring>

#include "bench/workloads/stage.h"

namespace morpharena::bench {

const WorkloadRow* workload_rows() {
    static constexpr WorkloadRow kRows[] = {
#define WORKLOAD(name, count, size, summary) {#name, name, count, size, summary},
#include "bench/workloads/workloads.def"
        {nullptr, nullptr, 0, 0, nullptr},
    };
    return kRows;
}

const WorkloadRow* find_workload(const char* name) {
    for (const WorkloadRow* row = workload_rows(); row->name != nullptr; ++row) {
        if (std::strcmp(row->name, name) == 0) return row;
    }
    return nullptr;
}

}  // namespace morpharena::bench
