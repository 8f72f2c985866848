// Completion of the command line, for the shells.
#pragma once

#include <string>

#include "tools/cli_model.h"

namespace morpharena::tool {

std::string bash_completion(const CliModel& model);
std::string zsh_completion(const CliModel& model);
std::string fish_completion(const CliModel& model);

}  // namespace morpharena::tool
