#include "tools/program_file.h"

#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <fstream>
#include <string_view>

#include "tools/executable.h"
#include "tools/exit_code.h"
#include "tools/printable.h"

namespace morpharena::tool {
namespace {

std::string in_path(const std::string& word) {
    if (word.find('/') != std::string::npos) return word;
    const char* path = ::getenv("PATH");
    std::string_view rest = path == nullptr ? "/usr/bin:/bin" : path;
    while (!rest.empty()) {
        const auto colon = rest.find(':');
        const std::string file = fmt::format("{}/{}", rest.substr(0, colon), word);
        if (::access(file.c_str(), X_OK) == 0) return file;
        rest.remove_prefix(colon == std::string_view::npos ? rest.size() : colon + 1);
    }
    throw BadInput(fmt::format("{}: no such command in PATH", printable(word)));
}

// The interpreter of a script, or empty.
std::string interpreter_of(const std::string& file) {
    std::ifstream script(file);
    std::string line;
    if (!std::getline(script, line) || !line.starts_with("#!")) return {};
    const auto first = line.find_first_not_of(" \t", 2);
    if (first == std::string::npos) return {};
    return line.substr(first, line.find_first_of(" \t", first) - first);
}

}  // namespace

ProgramFile program_file(const std::string& word) {
    const std::string file = in_path(word);
    const std::string interpreter = interpreter_of(file);
    if (interpreter.empty()) return {file, std::nullopt};
    return {interpreter, file};
}

std::string needed_sanitizer(const std::string& word) {
    try {
        return look_at_executable(program_file(word).path).sanitizer;
    } catch (const BadInput&) {
        return {};  // whoever starts it says so
    }
}

}  // namespace morpharena::tool
