// Between the heap and libmorpharena-profile.so, which is loaded beside us where a profile is asked for. The
// heap decides by two cheap tests whether an event is the profile's business at all; the rest is there.
#pragma once

#include <cstddef>
#include <cstdint>

namespace morpharena {

// One heap's part. It lies in the heap, and is written by its thread only.
struct ProfileThread {
    static constexpr std::uint64_t kNever = UINT64_MAX;
    // An object of that many bytes or more is sampled; a smaller one is taken off it.
    std::uint64_t until_sample = kNever;
    // Of the thread's bytes asked: what the process's clock has.
    std::uint64_t clock_seen = 0;
    // Bytes asked for by reallocs that kept their object, beyond what the record counts for them.
    std::uint64_t kept = 0;
};

// Who does something, and when.
struct ProfileMoment {
    ProfileThread& thread;
    std::uint64_t asked;  // bytes that the thread has asked for, with what is being made now
    int thread_id;
};

// What a profile begins with.
struct ProfileStart {
    const char* path;  // of the file to make; NUL-terminated, absolute
    std::uint64_t interval;
    std::int32_t pid;
    std::uint32_t serial;
    std::uint64_t start_ticks;
    bool forked;    // a fork child's: what is there from the parent's profile is dropped
    bool prepared;  // fork() was told of beforehand, so no other thread was in the profiler
    std::uint64_t objects_before;
    std::uint64_t bytes_before;
    const void* inside_allocator;  // an address in the library whose frames are left out of stacks
};

// Objects that are sampled are found by a filter of small counters: 0 where none of the addresses that fall
// on it is sampled. A counter that has reached its greatest value stays there.
inline constexpr unsigned kWatchBits = 14;
inline constexpr std::size_t kWatchSlots = std::size_t{1} << kWatchBits;
constexpr std::size_t watch_slot(std::uintptr_t object) {
    return (object * 0x9e3779b97f4a7c15u) >> (64 - kWatchBits);
}

// None of them allocates, fails, or changes errno. They are called without any lock of ours held, but `begin`
// and the two at forks, which come under the heap's.
struct ProfileHooks {
    const std::uint8_t* watched;  // kWatchSlots
    // nullptr, or what is wrong.
    const char* (*begin)(const ProfileStart& start);
    // For a heap's `until_sample`.
    std::uint64_t (*draw)();
    // An object of `size` bytes was made and is to be sampled.
    void (*made)(const ProfileMoment& moment, std::uintptr_t object, std::size_t size);
    // Called before the address can be handed out again.
    void (*freed)(const ProfileMoment& moment, std::uintptr_t object);
    // What is known under one address goes on under another; for realloc, which does not know beforehand
    // where the object will be, nor may leave it where another thread may soon have one.
    void (*moved)(std::uintptr_t from, std::uintptr_t to);
    void (*before_fork)();
    void (*after_fork_in_parent)();
    void (*finish)();
};

// What the library exports, by this name. It may allocate; nullptr: it can't unwind.
inline constexpr const char* kProfileEntry = "morpharena_profile";
using ProfileEntryPoint = const ProfileHooks* (*)();

}  // namespace morpharena
