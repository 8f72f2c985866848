// The manual pages, in man(7)'s language.
#pragma once

#include <string>

#include "tools/cli_model.h"

namespace morpharena::tool {

std::string man_of_command(const CliModel& model);  // morpharena(1)
std::string man_of_library();                       // libmorpharena(7), from the library's tables

}  // namespace morpharena::tool
