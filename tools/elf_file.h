// Whether a file is a shared object that programs of our kind can load.
#pragma once

#include <filesystem>
#include <string>

namespace morpharena::tool {

// Empty when it is an ELF shared object of our class, byte order and machine; else what is wrong and what is
// right.
std::string shared_object_problem(const std::filesystem::path& file);

}  // namespace morpharena::tool
