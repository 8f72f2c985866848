// An allocator that takes part in a benchmark.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tools/allocators.h"
#include "tools/environment.h"

namespace morpharena::bench {

struct Subject {
    std::string label;
    tool::Allocator allocator;
    std::vector<std::pair<std::string, std::string>> variables;  // set in its runs
};

// `word` is [LABEL=]ALLOCATOR[,VARIABLE:VALUE...]; ALLOCATOR a row of allocators.def or the path of a library
// (with a
// /), none of it for nothing at all. BadInput when it is anything else, or not installed.
Subject parse_subject(const std::string& word, const tool::Resolver& resolver);

// What takes part when nobody is named: every row that is installed, but `system`, which is ours over glibc.
std::vector<Subject> installed_subjects(const tool::Resolver& resolver);

// BadInput when two have one label.
void check_labels(const std::vector<Subject>& subjects);

// Ours and the caller's variables.
tool::Environment environment_of(const Subject& subject);

}  // namespace morpharena::bench
