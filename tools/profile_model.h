// Who allocated, over a tree of processes: call stacks with names, and what was made, kept and freed at the end
// of each. What the tables, the exports and the JSON are made from.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "tools/module_symbols.h"

namespace morpharena::tool {

// A sum over a sample that stands for all, with the variance that sampling gives it. Estimates of disjoint sets
// of objects are independent, so both add up; the error of a difference is that of the sum.
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

// Lifetimes are in bytes that the process allocated meanwhile, by powers of two: class i holds those from 2^i up
// to 2^(i+1), class 0 also those below.
inline constexpr std::size_t kLifetimeClasses = 48;

struct SiteFigures {
    std::uint64_t samples = 0;
    Estimate objects;
    Estimate bytes;
    Estimate live_objects;  // not freed when the process ended, or was last seen
    Estimate live_bytes;
    Estimate peak_objects;  // live when the process held most
    Estimate peak_bytes;
    Estimate freed_same;   // objects freed by the thread that made them
    Estimate freed_other;  // ... by another one
    Estimate newest;       // objects that were the newest of their thread when they were freed
    std::array<Estimate, kLifetimeClasses> died{};  // bytes freed, by lifetime

    SiteFigures& operator+=(const SiteFigures& other);
};

struct ProfileModule {
    std::string path;
    std::string build_id;  // hexadecimal; empty where the file had none
    std::string origin;    // where its names come from, or why it has none
    NameSource source = NameSource::none;
};

// A function of a module, or an address of one that has no names.
struct ProfileFunction {
    std::string name;  // "cc1+0x8d1234" where nothing is known
    std::string file;  // of its source; empty where nothing is known
    std::size_t module = 0;
    bool operator<(const ProfileFunction& other) const;
};

// A call: the place it returns to, and the functions there, the innermost first.
struct ProfileLocation {
    struct Frame {
        std::size_t function;
        unsigned line;  // 0 where nothing is known
    };
    std::size_t module = 0;
    std::uint64_t address = 0;  // as in the module's own headers
    NameSource source = NameSource::none;
    std::vector<Frame> frames;  // at least one
};

struct ProfileSite {
    std::vector<std::size_t> stack;  // locations, the caller of malloc first
    SiteFigures figures;
};

struct ProfileProcess {
    std::string file;  // the record's name: pid-start-serial
    std::int32_t pid = 0;
    std::int32_t parent = 0;
    std::uint64_t start_ns = 0;  // CLOCK_REALTIME
    std::string program;
    std::string ending;
    std::string problem;         // why there is no profile of it; empty when there is one
    double interval = 0;         // bytes between samples, on average
    std::uint64_t samples = 0;   // all that were taken
    std::uint64_t not_unwound = 0;  // of them, those whose stack was not to be had: a site without a stack
    std::uint64_t cut = 0;          // of them, those deeper than a stack that is kept
    std::uint64_t lost = 0;         // of them, those for which the tables had no room
    double bytes_allocated = 0;     // by the process's own clock, sampled or not
    std::vector<ProfileSite> sites;
};

struct Profile {
    std::vector<ProfileModule> modules;
    std::vector<ProfileFunction> functions;
    std::vector<ProfileLocation> locations;
    std::vector<ProfileProcess> processes;  // by time of start
};

// The site's stack as functions, inlined ones too, innermost first; calls of the functions that hand malloc on
// are left out at its head (see is_wrapper), unless nothing else is there.
std::vector<ProfileLocation::Frame> frames_of(const Profile& profile, const ProfileSite& site);

// Functions whose business is to call malloc for somebody: xmalloc, operator new, std::allocator and their kind.
bool is_wrapper(const std::string& function);

// "file.c:12" or the module's file name, for a row of a table.
std::string place_of(const Profile& profile, const ProfileLocation::Frame& frame);
std::string module_name(const Profile& profile, std::size_t module);

SiteFigures total_of(const ProfileProcess& process);

}  // namespace morpharena::tool
