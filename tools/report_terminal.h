// A report as a table for people, in a terminal.
#pragma once

#include <span>
#include <string>

#include "tools/report_model.h"

namespace morpharena::tool {

std::string terminal_report(std::span<const ReportModel> reports, bool colour);

}  // namespace morpharena::tool
