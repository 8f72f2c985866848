// A flame graph (Brendan Gregg) of a profile as HTML: outermost calls on top, width by bytes. No script: what
// a box is stands in its title.
#pragma once

#include <string>

#include "tools/profile_exports.h"

namespace morpharena::tool {

// Empty when there is nothing to show.
std::string flame_graph(const Profile& profile, ProfileValue value);

}  // namespace morpharena::tool
