// A profile made by hand: two processes of one program and one of another, an inlined function, a stack that
// could not be unwound, names that would hurt a terminal or a page.
#pragma once

#include "tools/profile_model.h"

namespace morpharena::tool::test {

inline SiteFigures figures(double objects, double bytes, double variance = 0) {
    SiteFigures made;
    made.samples = static_cast<std::uint64_t>(objects);
    made.objects = {objects, variance};
    made.bytes = {bytes, variance};
    return made;
}

// What dies young does it within 100 bytes of allocation.
inline SiteFigures dying_young(double objects, double bytes, double variance = 0) {
    SiteFigures made = figures(objects, bytes, variance);
    made.young = {bytes, variance};
    made.freed_same_thread = bytes;
    made.lifetimes[lifetime_class(100)] = bytes;
    return made;
}

inline SiteFigures kept(double objects, double bytes, double variance = 0) {
    SiteFigures made = figures(objects, bytes, variance);
    made.live = made.peak = {bytes, variance};
    made.live_objects = objects;
    return made;
}

inline constexpr const char* kHostile = "evil\x1b[31m;<script>alert(1)</script>\nname";

// Functions: 0 xmalloc, 1 make_tree, 2 parse, 3 main, 4 hostile, 5 lib+0x99 (no name).
// Calls: 0 xmalloc, 1 make_tree inlined into parse, 2 main, 3 hostile, 4 lib+0x99.
inline Profile example() {
    Profile profile;
    profile.modules = {{"/usr/lib/cc1", "abcd", "debug information", NameSource::debug_information},
                       {"/usr/lib/lib.so", "", "no symbols in the file", NameSource::none}};
    profile.functions = {{"xmalloc", "/src/xmalloc.c", 0},
                         {"make_tree", "/src/tree.c", 0},
                         {"parse", "/src/parse.c", 0},
                         {"main", "/src/main.c", 0},
                         {kHostile, "", 0},
                         {"lib.so+0x99", "", 1}};
    profile.calls = {{0, 0x10, NameSource::debug_information, {{0, 5}}},
                     {0, 0x20, NameSource::debug_information, {{1, 7}, {2, 70}}},
                     {0, 0x30, NameSource::debug_information, {{3, 9}}},
                     {0, 0x40, NameSource::symbol_table, {{4, 0}}},
                     {1, 0x99, NameSource::none, {{5, 0}}}};
    const auto process = [](std::int32_t pid, std::int32_t parent, const char* program) {
        ProfiledProcess made;
        made.record = std::to_string(pid) + "-1-0";
        made.pid = pid;
        made.parent = parent;
        made.start_ns = static_cast<std::uint64_t>(pid) * 1000;
        made.program = program;
        made.ending = "exit";
        made.interval = 1024;
        made.unwinder = "libunwind 1.6.2";
        made.clock = 5000;
        made.peak_clock = 4000;
        return made;
    };
    profile.processes = {process(100, 1, "cc1"), process(101, 100, "cc1"), process(102, 100, "as"),
                         process(103, 100, "static")};
    profile.processes[0].sites = {{{0, 1, 2}, StackEnd::whole, dying_young(10, 1000, 400)},
                                  {{0, 1, 1, 2}, StackEnd::whole, kept(2, 200, 100)},
                                  {{3, 2}, StackEnd::whole, kept(1, 50)}};
    profile.processes[0].samples = 13;
    profile.processes[1].sites = {{{0, 1, 2}, StackEnd::whole, dying_young(20, 2000, 500)},
                                  {{}, StackEnd::not_unwound, figures(1, 10)}};
    profile.processes[1].samples = 21;
    profile.processes[1].not_unwound = 1;
    profile.processes[2].sites = {{{4}, StackEnd::cut, kept(4, 400)}};
    profile.processes[2].samples = 4;
    profile.processes[2].cut = 4;
    profile.processes[3].problem = "brought a malloc of its own";
    return profile;
}

}  // namespace morpharena::tool::test
