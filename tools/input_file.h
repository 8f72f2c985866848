// A file of text that a user names: JSON documents and lines.
#pragma once

#include <string>

namespace morpharena::tool {

// All of it, `-` for stdin. When it cannot be had, `problem` says why: a directory, something that is no
// text, more than fits (/dev/zero has no end), or the errno's text. Else `problem` is empty.
std::string read_input(const std::string& path, std::string& problem);

}  // namespace morpharena::tool
