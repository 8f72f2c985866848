// Options that compare and frontier share: whom to run, and what to do around each run.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "tools/allocators.h"
#include "tools/measured_run.h"

namespace morpharena::tool {

// --prepare, --cleanup, and, `with_outputs`, --same-output.
struct AroundOptions {
    std::string prepare;
    std::string cleanup;
    std::vector<std::string> same_output;
};
void add_around_options(CLI::App& sub, AroundOptions& options, bool with_outputs);
Around around_from(const AroundOptions& options);

// --allocators: those named must be there; of the default list, those that are not installed are left out
// with a word in `notes`. BadInput when fewer than `least` take part. `more` goes into the help.
void add_allocators_option(CLI::App& sub, std::string& list, const std::string& more);
std::vector<Allocator> chosen_allocators(const std::string& list, std::size_t least, std::string& notes);

}  // namespace morpharena::tool
