// The environment of a started program, as a list of NAME=value.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace morpharena::tool {

using Environment = std::vector<std::string>;

Environment own_environment();
void set_variable(Environment& environment, std::string_view name, std::string_view value);
void unset_variable(Environment& environment, std::string_view name);
std::optional<std::string> variable(const Environment& environment, std::string_view name);

// Puts `library` in front of what LD_PRELOAD holds already.
void prepend_preload(Environment& environment, std::string_view library);

}  // namespace morpharena::tool
