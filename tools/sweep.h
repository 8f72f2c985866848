// A comparison for each value of a parameter.
#pragma once

#include <string>
#include <vector>

#include "tools/compare.h"
#include "tools/compare_report.h"

namespace morpharena::tool {

// BadInput for a parameter that is not as it must be; one empty setting for none.
std::vector<Setting> settings_from(const char* option, const std::vector<std::string>& texts,
                                   const std::vector<std::string>& command);
// The plan with the setting's values put in.
ComparePlan set_in(ComparePlan plan, const Setting& setting);

// One comparison's text, or all of them and a table of what the parameter did.
std::string sweep_text(const std::vector<Comparison>& comparisons, const Host& host, bool colour);
// One comparison's document, or schema "morpharena.sweep".
Json sweep_document(const std::vector<Comparison>& comparisons, const Host& host);
int exit_code_for(const std::vector<Comparison>& comparisons);

}  // namespace morpharena::tool
