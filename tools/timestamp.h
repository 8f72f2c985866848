// When something was measured, and a name for it that no other result has.
#pragma once

#include <string>

namespace morpharena::tool {

std::string utc_now();    // ISO 8601: "2026-11-24T23:10:30Z"
std::string unique_id();  // a random UUID of the kernel's

}  // namespace morpharena::tool
