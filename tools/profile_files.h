// The profiles that processes left in a run directory, with names.
#pragma once

#include <filesystem>
#include <vector>

#include "tools/module_symbols.h"
#include "tools/profile_model.h"
#include "tools/records.h"

namespace morpharena::tool {

struct ProfileRead {
    Profile profile;
    std::vector<Damage> damaged;  // profiles that are not as they must be
};

// The profile beside each record. A process without one is in it too, with the reason as far as it is known.
ProfileRead read_profiles(const Records& records, Symbolizer& symbolizer);

}  // namespace morpharena::tool
