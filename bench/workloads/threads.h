// The threads of a session.
#pragma once

#include "bench/workloads/stage.h"

namespace morpharena::bench {

// Runs `workload` on the session's threads, this one among them. False when they cannot be started.
bool run_on_threads(Session& session, Workload workload);

}  // namespace morpharena::bench
