// A report as text for other programs: Markdown for an issue or a README, CSV for a spreadsheet or R.
#pragma once

#include <span>
#include <string>

#include "tools/report_model.h"

namespace morpharena::tool {

// GitHub's Markdown. Names from elsewhere cannot end a cell or become a tag.
std::string markdown_report(std::span<const ReportModel> reports);

// RFC 4180, one header line, one row a figure: of the tree (`program` is empty) or of all processes of a
// program. A cell that a spreadsheet would take for a formula gets an apostrophe in front.
std::string csv_report(std::span<const ReportModel> reports);

}  // namespace morpharena::tool
