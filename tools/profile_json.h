// A profile in a document of morpharena.profile.
#pragma once

#include "tools/json_place.h"
#include "tools/profile_model.h"

namespace morpharena::tool {

inline constexpr const char* kProfileSchema = "morpharena.profile";
inline constexpr unsigned kProfileSchemaVersion = 1;

// The keys modules, functions, calls and profiles; tools/README.md says what they hold.
Json json_of(const Profile& profile);

// The same back. BadInput names the key that is not as it must be.
Profile profile_from(const JsonPlace& document);

}  // namespace morpharena::tool
