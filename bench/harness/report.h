// A benchmark as people read it and as programs do.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/harness/huge_pages.h"
#include "bench/harness/study.h"
#include "tools/host.h"

namespace morpharena::bench {

// Who takes part, with versions and pages; `pages` by subject.
std::string subjects_text(const Study& study, const std::vector<std::optional<PagesSeen>>& pages,
                          bool colour);

std::string case_text(const Study& study, const CaseResult& result, bool colour);

// Schema "morpharena.bench", described in bench/README.md.
std::string study_json(const Study& study, const std::vector<std::optional<PagesSeen>>& pages,
                       const tool::Host& host);

// The method in words, for --help and for the JSON.
std::string study_method();

}  // namespace morpharena::bench
