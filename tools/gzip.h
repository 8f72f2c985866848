// gzip (RFC 1952).
#pragma once

#include <string>

namespace morpharena::tool {

// Without a time and a name in it: equal bytes give equal files.
std::string gzipped(const std::string& bytes);

}  // namespace morpharena::tool
