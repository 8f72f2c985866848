// A comparison as people read it and as programs do.
#pragma once

#include <string>

#include "tools/compare.h"
#include "tools/host.h"
#include "tools/json_parts.h"
#include "tools/table.h"

namespace morpharena::tool {

// Fits 100 columns.
std::string compare_text(const Comparison& comparison, const Host& host, bool colour);

// Schema "morpharena.compare", described in tools/README.md.
Json compare_document(const Comparison& comparison, const Host& host);
std::string compare_json(const Comparison& comparison, const Host& host);

// The ratio and its interval, coloured by what they show; dashes where there is none.
std::vector<Cell> ratio_cells(const std::optional<Ratio>& measured);

// The method in words, for --help and for the JSON.
std::string compare_method();

}  // namespace morpharena::tool
