// Who allocated, over a tree of processes: call stacks with names, and what was made, kept and freed at the
// end of each. What the tables, the exports and the JSON are made from.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "core/observe/profile_format.h"
#include "tools/module_symbols.h"

namespace morpharena::tool {

// A sum over a sample that stands for all, with the variance that sampling gives it (profile_format.h has the
// formulas). Those of disjoint sets of objects are independent, so both add up.
struct Estimate {
    double value = 0;
    double variance = 0;

    double error() const { return std::sqrt(variance); }  // one standard error
    Estimate& operator+=(const Estimate& other) {
        value += other.value;
        variance += other.variance;
        return *this;
    }
};

// Dead before the process asked for so much more: half an arena block of the default size.
inline constexpr std::uint64_t kYoungBytes = std::uint64_t{1} << 20;

// Bytes, unless it says otherwise.
struct SiteFigures {
    std::uint64_t samples = 0;
    Estimate objects;  // how many
    Estimate bytes;
    Estimate live;            // not freed when the process ended, or was last seen
    double live_objects = 0;  // how many
    Estimate peak;            // live when the process held most
    Estimate young;           // freed before kYoungBytes; the variance as if all objects of a site were alike
    double freed_same_thread = 0;
    double freed_other_thread = 0;
    double died_newest = 0;                            // part of freed_same_thread
    std::array<double, kLifetimeClasses> lifetimes{};  // freed, by lifetime_class

    SiteFigures& operator+=(const SiteFigures& other);
};

struct NamedModule {
    std::string path;      // "[unknown]" for code that belongs to no file
    std::string build_id;  // hexadecimal; empty where the file had none
    std::string origin;    // where its names come from, or why it has none
    NameSource source = NameSource::none;
};

// A function of a module, or the place of one that has no name.
struct NamedFunction {
    std::string name;  // "cc1+0x8d1230" where nothing is known: where it begins, or else the call's address
    std::string file;  // of its source; empty where nothing is known
    std::size_t module = 0;
};

struct NamedFrame {
    std::size_t function;
    unsigned line;  // 0 where nothing is known
};

// A call, and the functions at it: the innermost first, each but the last inlined into the next.
struct NamedCall {
    std::size_t module = 0;
    std::uint64_t address = 0;  // of a byte of the call, as in the module's own headers
    NameSource source = NameSource::none;
    std::vector<NamedFrame> frames;  // at least one
};

enum class StackEnd { whole, not_unwound, cut };

struct CallSite {
    std::vector<std::size_t> stack;  // calls, the one of malloc first; may be empty when not unwound
    StackEnd end = StackEnd::whole;
    SiteFigures figures;
};

struct ProfiledProcess {
    std::string record;  // its name without ending: pid-start-serial
    std::int32_t pid = 0;
    std::int32_t parent = 0;
    std::uint64_t start_ns = 0;  // CLOCK_REALTIME
    std::string program;
    std::string ending;
    std::string problem;         // why there is no profile of it; empty when there is one
    std::uint64_t interval = 0;  // bytes between samples, on average; 1: every object
    std::string unwinder;
    std::uint64_t samples = 0;
    std::uint64_t not_unwound = 0;  // of them, those whose stack ends too early
    std::uint64_t cut = 0;          // of them, those with too many frames
    std::uint64_t lost = 0;         // in no site: tables full, or a signal handler in the profiler
    double lost_bytes = 0;
    double bytes_before = 0;  // asked before the profile began: in no site
    double clock = 0;         // bytes asked by the process, by its own count
    double peak_clock = 0;    // ... when it held most
    std::vector<CallSite> sites;
};

struct Profile {
    std::vector<NamedModule> modules;
    std::vector<NamedFunction> functions;
    std::vector<NamedCall> calls;
    std::vector<ProfiledProcess> processes;  // by time of start
};

// The site's stack as functions, inlined ones too, innermost first; those that hand malloc on (is_wrapper)
// are left out at its head, unless nothing else is there.
std::vector<NamedFrame> frames_of(const Profile& profile, const CallSite& site);

// Functions whose business is to call malloc for somebody: xmalloc, operator new, std::allocator and their
// kind.
bool is_wrapper(const std::string& function);

// "file.c:12", or the module's file name: for a row of a table.
std::string place_of(const Profile& profile, const NamedFrame& frame);
std::string module_name(const Profile& profile, std::size_t module);
bool has_name(const Profile& profile, const NamedFunction& function);
// What stands at the outer end of a stack that is not whole; empty for one that is.
std::string end_text(StackEnd end);

SiteFigures total_of(const ProfiledProcess& process);
SiteFigures total_of(const Profile& profile);

}  // namespace morpharena::tool
