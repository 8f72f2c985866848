// A comparison as people read it and as programs do.
#pragma once

#include <string>

#include "tools/compare.h"
#include "tools/host.h"

namespace morpharena::tool {

// Fits 100 columns.
std::string compare_text(const Comparison& comparison, const Host& host, bool colour);

// Schema "morpharena.compare", described in tools/README.md.
std::string compare_json(const Comparison& comparison, const Host& host);

// The method in words, for --help and for the JSON.
std::string compare_method();

}  // namespace morpharena::tool
