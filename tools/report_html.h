// A report as one web page that stands alone: no scripts, nothing from elsewhere.
#pragma once

#include <span>
#include <string>

#include "tools/report_model.h"

namespace morpharena::tool {

std::string html_report(std::span<const ReportModel> reports);

}  // namespace morpharena::tool
