// The pieces of JSON that several documents share.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "tools/environment.h"
#include "tools/host.h"
#include "tools/launch.h"
#include "tools/records.h"

namespace morpharena::tool {

using Json = nlohmann::ordered_json;

Json json_of(const Host& host);
Json json_of(const Outcome& outcome);
Json json_of(const Metrics& metrics);  // absent quantities are null
Json json_of(const RunResult& result);
Json metric_units();
// The variables that change what an allocator or the loader does.
Json relevant_environment(const Environment& environment);

// The document as text. Bytes that are not UTF-8 become U+FFFD.
std::string text_of(const Json& document);

// `head` with a last key "processes": the reports of core/report, as they are, each with two keys in front:
// "file" and "ending".
std::string with_processes(const Json& head, std::span<const ProcessRecord> processes);

}  // namespace morpharena::tool
