// Which allocators a program can be run with, and how a run is given one.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/environment.h"

namespace morpharena::tool {

enum class AllocatorKind { none, library, ours };

struct AllocatorRow {
    std::string_view name;
    AllocatorKind kind;
    std::string_view sonames;
    std::string_view version_symbol;
    std::string_view summary;
};
std::span<const AllocatorRow> allocator_rows();

// An allocator that was looked up and tried, ready for use.
struct Allocator {
    std::string name;  // of the row, or the path as it was given
    AllocatorKind kind = AllocatorKind::none;
    std::string library;  // absolute path, empty for kind none
    std::string version;  // as it says itself, else the file's name
};

// Where things are looked for.
struct Resolver {
    std::filesystem::path program;  // answers probes: the morpharena command
    std::filesystem::path shim;     // libmorpharena.so

    // The shim stands beside the command in a build tree or an installation, or where $MORPHARENA_LIBRARY
    // says.
    static Resolver for_this_program();

    // BadInput when `name` is neither a row nor a path, the library is not there, or it cannot be preloaded.
    Allocator resolve(const std::string& name) const;
    // As resolve, but an allocator that is merely not installed or not served gives false, and `reason` says
    // so.
    bool try_resolve(const std::string& name, Allocator& allocator, std::string& reason) const;
};

// Splits at commas. BadInput for an empty element.
std::vector<std::string> split_list(std::string_view list);

// The names of all rows, comma-separated, for help and complaints.
std::string allocator_names();

// Prepares the environment of a run: LD_PRELOAD and MORPHARENA_MODE are set, and what would make a process of
// ours keep records or write dumps is removed, as that costs time.
void apply(const Allocator& allocator, Environment& environment);

}  // namespace morpharena::tool
