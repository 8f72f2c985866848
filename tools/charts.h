// The drawings of the web page: HTML with inline SVG, without scripts. Each says in words what it shows, for
// those who cannot see it, and takes its colours from the page's style.
#pragma once

#include <span>
#include <string>

#include "tools/report_model.h"

namespace morpharena::tool {

// For each metric the allocators' ratios to the first, as bars from 1 with their 95 % intervals.
std::string ratio_charts(const ReportModel& report);

// For each allocator memory over time: by process, stacked, where there were records; the tree's figure by
// its cgroup; the cap. All on the same axes.
std::string memory_charts(const ReportModel& report);

// Objects and bytes by size, by powers of two.
std::string size_chart(std::span<const SizeClass> classes);

}  // namespace morpharena::tool
