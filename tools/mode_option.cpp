#include "tools/mode_option.h"

#include <fmt/format.h>

#include "tools/exit_code.h"
#include "tools/printable.h"

namespace morpharena::tool {
namespace {

std::string served_modes() {
    std::string modes;
#define MODE(name, served, summary) \
    if (served) modes += (modes.empty() ? "" : ", ") + std::string(#name);
#include "core/config/modes.def"
#undef MODE
    return modes;
}

}  // namespace

void add_mode_option(CLI::App& sub, std::string& mode) {
    sub.add_option("--mode", mode, fmt::format("what malloc does: {} (default {})", served_modes(), mode));
}

Allocator mode_named(const std::string& name) {
    for (const AllocatorRow& row : allocator_rows()) {
        if (row.kind == AllocatorKind::ours && row.name == name)
            return Resolver::for_this_program().resolve(name);
    }
    throw BadInput(
        fmt::format("--mode {}: no such mode; right is one of {}", printable(name), served_modes()));
}

}  // namespace morpharena::tool
