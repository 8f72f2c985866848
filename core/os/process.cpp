#include "core/os/process.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <time.h>

#include <array>
#include <string_view>

#include "core/base/text.h"
#include "core/os/cgroup.h"
#include "core/os/file.h"
#include "core/os/syscall.h"

namespace morpharena::os {

namespace {

// The number that follows `label` in `text`, blanks skipped; 0 when there is none.
std::uint64_t number_after(std::string_view text, std::string_view label) {
    std::size_t at = text.find(label);
    if (at == std::string_view::npos) return 0;
    at += label.size();
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
    std::size_t end = at;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
    std::uint64_t value = 0;
    parse_unsigned({text.data() + at, end - at}, value);
    return value;
}

std::uint64_t clock_ns(clockid_t clock) {
    timespec now{};
    syscall(SYS_clock_gettime, clock, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

std::uint64_t finite(std::uint64_t limit) {
    return limit == RLIM_INFINITY ? 0 : limit;
}

}  // namespace

int process_id() {
    return static_cast<int>(syscall(SYS_getpid));
}
int parent_id() {
    return static_cast<int>(syscall(SYS_getppid));
}
int thread_id() {
    return static_cast<int>(syscall(SYS_gettid));
}

bool thread_exists(int process, int thread) {
    return syscall(SYS_tgkill, process, thread, 0) != -ESRCH;
}

void abort_process() {
    constexpr std::uint64_t kAbort = std::uint64_t{1} << (SIGABRT - 1);
    // What the kernel takes for a signal's action, all zero: the default.
    constexpr std::uint64_t kDefault[4] = {};
    syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &kAbort, nullptr, sizeof kAbort);
    syscall(SYS_tgkill, process_id(), thread_id(), SIGABRT);
    // The program's handler came back, or it ignores the signal.
    syscall(SYS_rt_sigaction, SIGABRT, kDefault, nullptr, sizeof kAbort);
    syscall(SYS_tgkill, process_id(), thread_id(), SIGABRT);
    for (;;) syscall(SYS_exit_group, 128 + SIGABRT);
}

std::uint64_t start_ticks() {
    std::array<char, 1024> buffer;
    const std::string_view text(buffer.data(), read_file("/proc/self/stat", buffer));
    // The program's name stands in parentheses and may hold blanks and parentheses itself; fields are counted
    // behind it.
    std::size_t at = text.rfind(')');
    if (at == std::string_view::npos) return 0;
    for (int field = 2; field < 22; ++field) {
        at = text.find(' ', at + 1);
        if (at == std::string_view::npos) return 0;
    }
    return number_after({text.data() + at, text.size() - at}, " ");
}

std::uintptr_t signal_handler(int number) {
    struct {
        std::uintptr_t handler, flags, restorer;
        std::uint64_t mask;
    } action{};  // the kernel's own; libc's has another order
    syscall(SYS_rt_sigaction, number, nullptr, &action, sizeof action.mask);
    return action.handler;
}

std::uint64_t realtime_ns() {
    return clock_ns(CLOCK_REALTIME);
}
std::uint64_t thread_cpu_ns() {
    return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

Usage usage() {
    rusage raw{};
    syscall(SYS_getrusage, RUSAGE_SELF, &raw);
    const auto microseconds = [](const timeval& time) {
        return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(time.tv_usec);
    };
    return {static_cast<std::uint64_t>(raw.ru_minflt), static_cast<std::uint64_t>(raw.ru_majflt),
            microseconds(raw.ru_utime), microseconds(raw.ru_stime)};
}

std::uint64_t peak_rss() {
    std::array<char, 2048> buffer;
    const std::string_view text(buffer.data(), read_file("/proc/self/status", buffer));
    return number_after(text, "VmHWM:") * 1024;
}

std::size_t executable(std::span<char> buffer) {
    return read_link("/proc/self/exe", buffer);
}
std::size_t command_line(std::span<char> buffer) {
    return read_file("/proc/self/cmdline", buffer);
}

Limits limits() {
    Limits found{};
    rlimit limit{};
    if (!failed(syscall(SYS_prlimit64, 0, RLIMIT_AS, nullptr, &limit)))
        found.address_space = finite(limit.rlim_cur);
    if (!failed(syscall(SYS_prlimit64, 0, RLIMIT_DATA, nullptr, &limit))) found.data = finite(limit.rlim_cur);
    std::array<char, 512> buffer;
    const std::string_view text(buffer.data(), read_file("/proc/meminfo", buffer));
    found.machine_memory = number_after(text, "MemTotal:") * 1024;
    found.cgroup_memory = cgroup_memory_limit();
    return found;
}

}  // namespace morpharena::os
