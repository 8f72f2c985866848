// Facts about this process, read from the kernel when asked, never cached here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace morpharena::os {

int process_id();
int parent_id();
int thread_id();

// Whether a thread of this process has that id. Used to see that a heap's owner has ended, since a thread's
// end is not announced to us: no pthread key, no destructor, no wrapper around pthread_create.
bool thread_exists(int process, int thread);

// Ends the process by SIGABRT, as abort() does: a handler of the program's is called first.
[[noreturn]] void abort_process();

// Field 22 of /proc/self/stat, clock ticks since boot: with the pid it names a process for good. 0 without
// /proc.
std::uint64_t start_ticks();

// Nanoseconds since 1970. Not through the vDSO: libfaketime and its kind can't touch it.
std::uint64_t realtime_ns();

// Nanoseconds of processor time that the calling thread has used.
std::uint64_t thread_cpu_ns();

struct Usage {
    std::uint64_t minor_faults;
    std::uint64_t major_faults;
    std::uint64_t user_us;
    std::uint64_t system_us;
};
Usage usage();

// VmHWM of /proc/self/status in bytes; 0 when it can't be read. Not ru_maxrss, which survives exec and so
// tells the parent's size for a small child.
std::uint64_t peak_rss();

// What a signal calls: a function's address, 0 for the default, 1 for nothing.
std::uintptr_t signal_handler(int number);

// 0: unlimited or unknown.
struct Limits {
    std::uint64_t address_space;
    std::uint64_t data;
    std::uint64_t cgroup_memory;
    std::uint64_t machine_memory;
};
Limits limits();

// /proc/self/exe, and /proc/self/cmdline (NUL after each argument): bytes written to `buffer`.
std::size_t executable(std::span<char> buffer);
std::size_t command_line(std::span<char> buffer);

}  // namespace morpharena::os
