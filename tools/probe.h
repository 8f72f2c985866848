// Tries a library out: starts this very program under it and asks whether the loader took it. Nothing short
// of trying tells: a missing dependency, a missing symbol version and static TLS that no longer fits all look
// fine from outside.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace morpharena::tool {

struct ProbeResult {
    std::string path;     // absolute, links followed; where the loader found it
    std::string version;  // as the library itself says, or empty
    std::string problem;  // empty when it was loaded; else what the loader or the program said
};

// `library`: an absolute path, or a soname that the loader shall look for. `version_symbol`: see
// allocators.def. `program` understands kProbeArgument: the morpharena command itself.
ProbeResult probe_preload(const std::filesystem::path& program, const std::string& library,
                          std::string_view version_symbol);

// The other side. In the process started above: prints what was found, returns its exit status.
inline constexpr const char* kProbeArgument = "--probe-preload";
int answer_probe(const char* library, const char* version_symbol);

// The path of this program's own executable.
std::filesystem::path own_executable();

}  // namespace morpharena::tool
