// The pieces of JSON that several documents share.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "tools/conditions.h"
#include "tools/environment.h"
#include "tools/host.h"
#include "tools/launch.h"
#include "tools/parameters.h"
#include "tools/records.h"
#include "tools/tree_account.h"

namespace morpharena::tool {

using Json = nlohmann::ordered_json;

Json json_of(const Host& host);
Json json_of(const Outcome& outcome);
Json json_of(const Metrics& metrics);  // absent quantities are null
Json json_of(const RunResult& result);
Json json_of(const std::vector<BuiltFile>& outputs);
Json json_of(const TreeAccount& account);
Json json_of(const Conditions& conditions);  // memory_limit, limit_by, go_gc
Json json_of(const Setting& setting);
// What every document begins with: schema, version, our version, an id of its own, the directory.
Json document_head(std::string_view schema, unsigned version);
Json metric_units();
// The variables that change what an allocator or the loader does.
Json relevant_environment(const Environment& environment);

// The document as text, over several lines, or on one, without its end. Bytes that are not UTF-8 become
// U+FFFD; what terminals obey and JSON lets stand, DEL and C1, is escaped.
std::string text_of(const Json& document);
std::string line_of(const Json& document);

// `head` with a last key "processes": the reports of core/report, as they are, each with two keys in front:
// "file" and "ending".
std::string with_processes(const Json& head, std::span<const ProcessRecord> processes);

}  // namespace morpharena::tool
