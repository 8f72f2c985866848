#include "tools/allocators.h"

#include <fmt/format.h>
#include <gnu/libc-version.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <sstream>

#include "tools/elf_file.h"
#include "tools/exit_code.h"
#include "tools/printable.h"
#include "tools/probe.h"

namespace morpharena::tool {
namespace fs = std::filesystem;
namespace {

constexpr std::array kRows = {
#define ALLOCATOR(name, kind, sonames, version_symbol, summary) \
    AllocatorRow{#name, AllocatorKind::kind, sonames, version_symbol, summary},
#include "tools/allocators.def"
};

bool mode_is_served(std::string_view name) {
#define MODE(mode, served, summary) \
    if (name == #mode) return served;
#include "core/config/modes.def"
#undef MODE
    return false;
}

// What LD_PRELOAD cannot say: it separates names by colons and blanks and knows no quoting.
std::string expressible_problem(const std::string& path) {
    if (path.find_first_of(": \t\n") == std::string::npos) return {};
    return "cannot be preloaded: LD_PRELOAD has no way to write a path with a colon or a blank; move or link "
           "it";
}

// An absolute path to something loadable, tried out.
Allocator library_at(const fs::path& program, const std::string& given, std::string_view version_symbol) {
    std::error_code error;
    const fs::path path = fs::canonical(given, error);
    if (error) throw BadInput(fmt::format("{}: {}", printable(given), error.message()));
    const std::string shown = printable(path.string());
    if (const auto problem = expressible_problem(path); !problem.empty()) {
        throw BadInput(fmt::format("{}: {}", shown, problem));
    }
    if (const auto problem = shared_object_problem(path); !problem.empty()) {
        throw BadInput(fmt::format("{}: {}", shown, problem));
    }
    const ProbeResult probe = probe_preload(program, path, version_symbol);
    if (!probe.problem.empty())
        throw BadInput(fmt::format("{}: cannot be preloaded: {}", shown, probe.problem));
    return {given, AllocatorKind::library, path,
            probe.version.empty() ? path.filename().string() : probe.version};
}

// A library given by its path says its version if it is one of those whose way to say it we know.
Allocator library_of_unknown_make(const fs::path& program, const std::string& path) {
    Allocator allocator = library_at(program, path, "");
    for (const AllocatorRow& row : kRows) {
        if (row.version_symbol.empty()) continue;
        const ProbeResult probe = probe_preload(program, allocator.library, row.version_symbol);
        if (!probe.version.empty()) {
            allocator.version = probe.version;
            break;
        }
    }
    return allocator;
}

// The first of the row's sonames that the loader finds.
bool find_library(const fs::path& program, const AllocatorRow& row, Allocator& allocator,
                  std::string& reason) {
    std::istringstream names{std::string(row.sonames)};
    for (std::string soname; names >> soname;) {
        const ProbeResult probe = probe_preload(program, soname, row.version_symbol);
        if (probe.problem == "cannot open shared object file")
            continue;  // the loader's words for "not found"
        if (!probe.problem.empty()) {
            reason = fmt::format("{} cannot be preloaded: {}", soname, probe.problem);
            return false;
        }
        const std::string file = fs::path(probe.path).filename();
        allocator = {std::string(row.name), row.kind, probe.path,
                     probe.version.empty() ? file : probe.version};
        return true;
    }
    reason = fmt::format("not installed (looked for {}); {}", row.sonames, row.summary);
    return false;
}

}  // namespace

std::span<const AllocatorRow> allocator_rows() {
    return kRows;
}

std::string allocator_names() {
    std::string names;
    for (const AllocatorRow& row : kRows) names += (names.empty() ? "" : ", ") + std::string(row.name);
    return names;
}

std::vector<std::string> split_list(std::string_view list) {
    std::vector<std::string> items;
    for (;;) {
        const auto comma = list.find(',');
        items.emplace_back(list.substr(0, comma));
        if (items.back().empty()) {
            throw BadInput("--allocators: an empty name between commas; right is a list such as glibc,arena");
        }
        if (comma == std::string_view::npos) return items;
        list.remove_prefix(comma + 1);
    }
}

Resolver Resolver::for_this_program() {
    Resolver resolver;
    resolver.program = own_executable();
    const char* named = std::getenv("MORPHARENA_LIBRARY");
    if (named != nullptr && *named != '\0') {
        resolver.shim = named;
        return resolver;
    }
    const fs::path beside = resolver.program.parent_path().parent_path();
    for (const char* place :
         {"shim/libmorpharena.so", MORPHARENA_LIBDIR "/libmorpharena.so", "lib/libmorpharena.so"}) {
        resolver.shim = beside / place;
        if (fs::exists(resolver.shim)) break;
    }
    if (!fs::exists(resolver.shim)) resolver.shim = beside / "shim/libmorpharena.so";
    return resolver;
}

bool Resolver::try_resolve(const std::string& name, Allocator& allocator, std::string& reason) const {
    if (name.find('/') != std::string::npos) {
        allocator = library_of_unknown_make(program, name);
        return true;
    }
    const auto row = std::find_if(kRows.begin(), kRows.end(), [&](const auto& r) { return r.name == name; });
    if (row == kRows.end()) {
        throw BadInput(fmt::format("{}: no such allocator; known are {}, or the path of a .so (with a /)",
                                   printable(name), allocator_names()));
    }
    switch (row->kind) {
        case AllocatorKind::none:
            allocator = {name, row->kind, "", ::gnu_get_libc_version()};
            return true;
        case AllocatorKind::library:
            return find_library(program, *row, allocator, reason);
        case AllocatorKind::ours:
            break;
    }
    if (!mode_is_served(name)) {
        reason = "this mode is planned, and not built yet";
        return false;
    }
    std::error_code ignored;
    if (!fs::exists(shim, ignored)) {
        throw BadInput(fmt::format("{}: libmorpharena.so is not at {}; set MORPHARENA_LIBRARY to its path",
                                   name, printable(shim.string())));
    }
    allocator = library_at(program, shim, "");
    allocator.name = name;
    allocator.kind = AllocatorKind::ours;
    allocator.version = MORPHARENA_VERSION;
    return true;
}

Allocator Resolver::resolve(const std::string& name) const {
    Allocator allocator;
    std::string reason;
    if (!try_resolve(name, allocator, reason)) throw BadInput(fmt::format("{}: {}", printable(name), reason));
    return allocator;
}

void apply(const Allocator& allocator, Environment& environment) {
    for (const char* name : {"MORPHARENA_RUN_DIR", "MORPHARENA_STATS", "MORPHARENA_PROFILE"})
        unset_variable(environment, name);
    if (allocator.kind == AllocatorKind::ours) set_variable(environment, "MORPHARENA_MODE", allocator.name);
    if (!allocator.library.empty()) prepend_preload(environment, allocator.library);
}

}  // namespace morpharena::tool
