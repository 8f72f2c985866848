// The profile: who allocated, in one file a process beside its record (`pid-starttime-n.profile`), mapped
// shared and written as the process goes, so that nothing needs to run at its end.
//
//   file  = ProfileHeader (kProfileHeaderBytes), then chunks without gaps until the end of the file
//   chunk = ProfileChunk, then entries without gaps until `used`; what is behind `used` is not yet written
//   entry = ProfileModule and its path, or ProfileSite and its frames; begins at a multiple of 8 bytes
//
// A stack names modules by index; a module's entry stands in the file before the first stack that names it.
// Byte order and types are x86-64's. A profile is untrusted input: profile_reader.h checks it first.
//
// Sampling. The bytes that the program asks for, in the order in which each thread asks, are a line on which
// points fall as a Poisson process with mean distance T (the header's `interval`, in bytes). An object of s
// bytes is sampled when at least one point falls on it:
//
//   P(s) = 1 - exp(-s / T)       weight w(s) = 1 / P(s)          interval 1: every object, P = w = 1, all
//   exact
//
// Objects are sampled independently of each other, so for any set of objects (Horvitz and Thompson):
//
//   number of objects  ~ sum of w          its variance ~ sum of w * w * (1 - P)
//   bytes asked        ~ sum of w * s      its variance ~ sum of (w * s) * (w * s) * (1 - P)
//
// where the sums go over the samples. The estimates are unbiased; sets that have no object in common have
// independent errors, so variances add over sites, and the standard error is the root of the sum. Objects of
// 0 bytes are sampled at interval 1 only.
//
// Bytes are bytes asked for. A realloc frees the old object and makes a new one, whether or not the allocator
// could keep it where it was, so that the profile does not depend on the allocator. At interval 1, with all
// threads ended,
//
//   header.objects + lost_objects + objects_before = the record's objects + realloc_in_place +
//   realloc_remapped header.bytes   + lost_bytes   + bytes_before   = header.clock
//
// and the clock is the record's bytes_asked where no realloc kept its object.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace morpharena {

inline constexpr std::array<char, 8> kProfileMagic = {'m', 'o', 'r', 'p', 'h', 'p', 'r', 'f'};
inline constexpr std::uint32_t kProfileVersion = 1;
inline constexpr std::size_t kProfileHeaderBytes = 4096;
inline constexpr const char* kProfileSuffix = ".profile";

enum class ProfileState : std::uint32_t {
    running =
        1,  // also what a process leaves that was killed or called _exit; all but the last event is in it
    exited = 2,  // exit() was called or main returned; later destructors may still allocate
};

struct ProfileHeader {
    std::array<char, 8> magic;
    std::uint32_t version;
    std::uint32_t header_bytes;
    std::uint64_t interval;         // T above, bytes
    std::array<char, 32> unwinder;  // name and version, NUL-terminated: "libunwind 1.6.2"

    // The process, as its record says it.
    std::int32_t pid;
    std::uint32_t serial;
    std::uint64_t start_ticks;
    std::uint32_t forked;  // 1: begun by a fork child; what it inherited is in its parent's profile alone
    ProfileState state;

    std::uint32_t modules;  // entries of each kind
    std::uint32_t sites;

    // Bytes asked by the whole process, before the profile began included: the clock by which lifetimes are
    // told. Exact while one thread is at work; what each other one asked for since its own last sample is
    // missing.
    std::uint64_t clock;
    std::uint64_t
        objects_before;  // made before the profile began (the loader, early constructors): in no site
    std::uint64_t bytes_before;

    std::uint64_t samples;  // in sites
    // Of those, whose stack ends before the thread's first frame: no unwind table there (or none that could
    // be used), and more than kMostFrames frames.
    std::uint64_t samples_not_unwound;
    std::uint64_t samples_cut;
    // In no site: the tables are full (or the file can't grow), and a signal handler that allocated while its
    // own thread was in the profiler. What both would have counted.
    std::uint64_t samples_lost_full;
    std::uint64_t samples_lost_busy;
    double lost_objects;
    double lost_bytes;
    // Frees of sampled objects that were noticed only when the address was handed out again.
    std::uint64_t frees_lost;

    // Sums over the sites.
    double objects;
    double objects_variance;
    double bytes;
    double bytes_variance;
    double live_bytes;
    double live_variance;

    // The most live bytes at once, as estimated, and the clock then. A site keeps its own bytes at that
    // moment lazily; see ProfileSite::peak_epoch.
    double peak_bytes;
    std::uint64_t peak_clock;
    std::uint64_t peak_epoch;
    std::uint64_t peak_left;  // 1: something has been freed since the peak
};
static_assert(sizeof(ProfileHeader) <= kProfileHeaderBytes);

// `bytes` of all chunks tile the file behind the header. The writer moves `used` when an entry is whole.
struct ProfileChunk {
    std::array<char, 8> magic;
    std::uint64_t bytes;  // of the chunk with this head; a multiple of 4096
    std::uint64_t used;   // of them, this head included
    std::uint64_t unused;
};
inline constexpr std::array<char, 8> kProfileChunkMagic = {'m', 'o', 'r', 'p', 'h', 'c', 'h', 'k'};

enum class ProfileKind : std::uint32_t { module = 1, site = 2 };

struct ProfileEntry {
    ProfileKind kind;
    std::uint32_t bytes;  // with this head and what follows the struct; a multiple of 8
};

// A file that was loaded; it stays when it is unloaded. What is loaded later into the same addresses is an
// entry of its own. Noted when a stack first goes through it.
struct ProfileModule {
    ProfileEntry entry;
    std::uint32_t index;       // counts from 0 in the order of the file
    std::uint32_t generation;  // how many earlier entries overlap [start, end)
    std::uint64_t bias;        // address in the process less the address in the ELF file
    std::uint64_t start;       // where it was loaded: [start, end), in the process
    std::uint64_t end;
    std::uint64_t clock;  // when it was noted
    std::uint32_t build_id_bytes;
    std::uint32_t path_bytes;
    std::array<std::uint8_t, 32> build_id;  // of the note NT_GNU_BUILD_ID; longer ones are cut
    // then the path, path_bytes without NUL, as the loader knows it; /proc/self/exe's for the program itself
};

// One frame: the module's index in the upper 16 bits; below, the *return* address as an address of the ELF
// file (process address - bias): the call lies in front of it, so look up `offset - 1`. A frame that a signal
// interrupted is stored one byte on, so that the same holds. kNoModule: the lower 48 bits are the process
// address.
using ProfileFrame = std::uint64_t;
inline constexpr std::uint32_t kNoModule = 0xffff;
inline constexpr unsigned kFrameOffsetBits = 48;

constexpr ProfileFrame make_frame(std::uint32_t module, std::uint64_t offset) {
    return static_cast<std::uint64_t>(module) << kFrameOffsetBits |
           (offset & ((std::uint64_t{1} << kFrameOffsetBits) - 1));
}
constexpr std::uint32_t frame_module(ProfileFrame frame) {
    return static_cast<std::uint32_t>(frame >> kFrameOffsetBits);
}
constexpr std::uint64_t frame_offset(ProfileFrame frame) {
    return frame & ((std::uint64_t{1} << kFrameOffsetBits) - 1);
}

inline constexpr std::size_t kMostFrames = 256;

// Bit set of ProfileSite::flags.
inline constexpr std::uint32_t kSiteNotUnwound = 1;  // the outermost frame here is not the thread's first
inline constexpr std::uint32_t kSiteCut = 2;         // there were more than kMostFrames; the outer ones lack

// Lifetimes: the bytes that the process asked for between an object's birth and its free. Class 0 holds 0
// bytes, class c the lifetimes from 2^(c-1) to 2^c - 1 bytes, the last one also all above.
inline constexpr std::size_t kLifetimeClasses = 40;
constexpr std::size_t lifetime_class(std::uint64_t bytes) {
    std::size_t width = 0;
    for (; bytes != 0; bytes >>= 1) ++width;
    return width < kLifetimeClasses ? width : kLifetimeClasses - 1;
}

// One stack, and what was allocated from there. All doubles are estimates by the formulas at the top: sums of
// w (objects), of w * s (bytes), or their variances.
struct ProfileSite {
    ProfileEntry entry;
    std::uint32_t frame_count;  // may be 0: nothing could be unwound
    std::uint32_t flags;
    std::uint64_t samples;
    double objects;
    double objects_variance;
    double bytes;
    double bytes_variance;

    // Not freed yet; exactly 0 when live_samples is.
    std::uint64_t live_samples;
    double live_objects;
    double live_bytes;
    double live_variance;

    // What was live here at the process's peak: these two where peak_epoch is the header's, else live_bytes
    // and live_variance, as the site has not changed since. (peak_of in profile_reader.h.)
    std::uint64_t peak_epoch;
    double peak_bytes;
    double peak_variance;

    // Bytes of the objects freed: by the thread that made them, by another one; before that thread made any
    // other object, so that an arena could take them back by moving its pointer (part of the first); and by
    // lifetime.
    double freed_same_thread;
    double freed_other_thread;
    double died_newest;
    std::array<double, kLifetimeClasses> lifetimes;
    // then frame_count ProfileFrames, the innermost first, without the allocator's own
};

static_assert(sizeof(ProfileChunk) % 8 == 0 && sizeof(ProfileModule) % 8 == 0 &&
              sizeof(ProfileSite) % 8 == 0);

}  // namespace morpharena
