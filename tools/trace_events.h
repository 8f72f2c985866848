// The timeline of a tree in the Trace Event Format of Chrome, which Perfetto and the Firefox Profiler open.
#pragma once

#include <string>

#include "tools/json_parts.h"

namespace morpharena::tool {

// From a document of morpharena.run, .compare or .sweep; BadInput else. Each process is a process of the
// trace, with a span for each program that it ran and counters of its memory; the tree's memory is one more
// process. Microseconds since the run began. Where several runs are in the document their processes are told
// apart by a multiple of kPidsOfOneRun.
inline constexpr std::int64_t kPidsOfOneRun = 10'000'000;  // above the kernel's largest pid, 2^22
std::string trace_events(const Json& document, const std::string& name);

}  // namespace morpharena::tool
