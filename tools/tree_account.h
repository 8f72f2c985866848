// What became of every program of a tree: whether the library was in it, and if not, why; and how much of the
// work lies outside its reach.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/records.h"
#include "tools/tree_trace.h"

namespace morpharena::tool {

enum class Reach {
    interposed,    // it left a record: our malloc served it
    bypassed,      // the library was loaded, and the program has a malloc of its own
    fixed,         // linked statically
    go,            // linked statically by Go
    secure,        // set-user-ID, set-group-ID or file capabilities: the loader does not preload there
    cleared,       // the environment no longer named the library
    other_loader,  // musl's or another C library's
    other_abi,     // 32-bit, or for another processor
    unseen,        // it left no record: ended before the library woke up, or may not write one
};
std::string_view name_of(Reach reach);   // in JSON
std::string_view describe(Reach reach);  // for people

struct AccountedImage {
    TracedImage image;
    Reach reach;
    std::string detail;  // such as Go's version; empty where there is none
};

struct TreeAccount {
    std::vector<AccountedImage> images;  // in the order in which they began
    std::size_t execs = 0;
    double cpu = 0;                  // seconds, of all
    double outside_cpu = 0;          // of those that are not interposed
    std::uint64_t outside_peak = 0;  // bytes: the largest of them
};

TreeAccount account_for(std::vector<TracedImage> images, std::span<const ProcessRecord> records);

// A row for each kind of reach and program, and the sum outside.
std::string account_text(const TreeAccount& account, bool colour);

}  // namespace morpharena::tool
