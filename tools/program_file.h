// Which file a word of the command line starts.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace morpharena::tool {

struct ProgramFile {
    std::filesystem::path path;         // of the program; of a script, its interpreter
    std::optional<std::string> script;  // where it is one
};

// As execvp would find it. BadInput when PATH has no such command; whether a path exists is not asked.
ProgramFile program_file(const std::string& word);

// The sanitizer's run-time that the program needs, such as "libasan.so.8". It brings a malloc, must be the
// first library and ends the program otherwise. Empty where there is none, or no such command.
std::string needed_sanitizer(const std::string& word);

}  // namespace morpharena::tool
