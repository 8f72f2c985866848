// The one line that a measuring program prints.
#pragma once

#include "bench/workloads/session.h"

namespace morpharena::bench {

// To `path`, or to stdout where it is nullptr. False when it cannot be written.
bool write_json_line(const char* path, const char* workload, const Parameters& parameters,
                     const Totals& totals);

}  // namespace morpharena::bench
