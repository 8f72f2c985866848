// The option that names a mode of our library; run and top share it.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "tools/allocators.h"

namespace morpharena::tool {

// --mode NAME into `mode`, which holds the default.
void add_mode_option(CLI::App& sub, std::string& mode);

// Our library in this mode. BadInput when there is no such mode, or the library cannot be used.
Allocator mode_named(const std::string& name);

}  // namespace morpharena::tool
