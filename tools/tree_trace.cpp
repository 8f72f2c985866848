#include "tools/tree_trace.h"

#include <elf.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "tools/process_tree.h"
#include "tools/small_file.h"

namespace morpharena::tool {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

std::int64_t realtime_ns() {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * kSecond + now.tv_nsec;
}

// What the kernel's scheduler counted for all threads of a process, ended ones too; 0 when it is gone. It can
// still be read of a zombie.
std::int64_t cpu_ns_of(pid_t pid) {
    clockid_t clock{};
    timespec time{};
    if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0) return 0;
    return time.tv_sec * kSecond + time.tv_nsec;
}

// A number of /proc/<thread>/status, such as "Tgid" or "VmHWM" (which is in KiB).
std::optional<std::uint64_t> status_number(pid_t thread, std::string_view key) {
    const auto text = read_small_file(fmt::format("/proc/{}/status", thread));
    return text ? keyed_number(*text, key) : std::nullopt;
}

bool is_secure(pid_t pid) {
    const std::string vector = read_small_file(fmt::format("/proc/{}/auxv", pid)).value_or("");
    for (std::size_t at = 0; at + sizeof(Elf64_auxv_t) <= vector.size(); at += sizeof(Elf64_auxv_t)) {
        Elf64_auxv_t entry;
        std::memcpy(&entry, vector.data() + at, sizeof entry);
        if (entry.a_type == AT_SECURE) return entry.a_un.a_val != 0;
    }
    return false;
}

bool preloads(pid_t pid, const std::string& word) {
    std::string environment(1, '\0');
    environment += read_small_file(fmt::format("/proc/{}/environ", pid)).value_or("");
    constexpr std::string_view kName("\0LD_PRELOAD=", 12);
    const auto at = environment.find(kName);
    if (at == std::string::npos) return false;
    const std::string value = environment.c_str() + at + 1;
    return value.find(word) != std::string::npos;
}

bool stops_a_group(int signal) {
    return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

}  // namespace

int TreeTracer::begin(pid_t root, std::string preload_word) {
    preload_word_ = std::move(preload_word);
    constexpr long kOptions = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                              PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL;
    if (::ptrace(PTRACE_SEIZE, root, nullptr, kOptions) != 0) return errno;
    process_of(root, ::getpid());  // without a path: it is ourselves, up to its exec
    return 0;
}

TreeTracer::Event TreeTracer::next() {
    Event event;
    siginfo_t info{};
    // Looked at before it is taken: a process's clock goes away with its zombie.
    constexpr int kWhat = WEXITED | WSTOPPED | WNOHANG | WNOWAIT | __WALL;
    while (::waitid(P_ALL, 0, &info, kWhat) != 0) {
        if (errno == EINTR) continue;
        event.nobody_left = true;
        return event;
    }
    if (info.si_pid == 0) return event;
    event.any = true;
    const pid_t pid = info.si_pid;
    const bool ends = info.si_code == CLD_EXITED || info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED;
    const std::int64_t cpu = ends ? cpu_ns_of(pid) : 0;
    if (::waitpid(pid, &event.status, __WALL) != pid) return event;
    if (!ends) {
        on_stop(pid, event.status);
        return event;
    }
    event.ended = pid;
    groups_.erase(pid);
    if (const auto found = processes_.find(pid); found != processes_.end()) {
        TracedImage& image = images_[found->second.image];
        image.cpu_ns = cpu - found->second.cpu_at_exec;
        image.end_ns = realtime_ns();
        image.signal = WIFSIGNALED(event.status) ? WTERMSIG(event.status) : 0;
        processes_.erase(found);
    }
    return event;
}

void TreeTracer::on_stop(pid_t thread, int status) {
    const int signal = WSTOPSIG(status);
    const int event = status >> 16;
    unsigned long message = 0;
    int passed_on = 0;
    switch (event) {
        case PTRACE_EVENT_FORK:
        case PTRACE_EVENT_VFORK:
        case PTRACE_EVENT_CLONE:
            ::ptrace(PTRACE_GETEVENTMSG, thread, nullptr, &message);
            if (group_of(static_cast<pid_t>(message)) == static_cast<pid_t>(message)) {
                process_of(static_cast<pid_t>(message), group_of(thread));
            }
            break;
        case PTRACE_EVENT_EXEC:
            on_exec(thread);
            break;
        case PTRACE_EVENT_EXIT:
            on_exit(thread);
            break;
        case PTRACE_EVENT_STOP:
            if (stops_a_group(signal)) {  // job control: it stays stopped until somebody lets it go on
                ::ptrace(PTRACE_LISTEN, thread, nullptr, nullptr);
                return;
            }
            // A new one; which of it and its parent's event comes first is open.
            if (group_of(thread) == thread) {
                const auto stat = stat_of(thread);
                process_of(thread, stat ? stat->parent : 0);
            }
            break;
        default:
            passed_on = signal;
    }
    ::ptrace(PTRACE_CONT, thread, nullptr, passed_on);
}

pid_t TreeTracer::group_of(pid_t thread) {
    const auto known = groups_.find(thread);
    if (known != groups_.end()) return known->second;
    const auto group = status_number(thread, "Tgid:");
    if (!group) return thread;
    return groups_[thread] = static_cast<pid_t>(*group);
}

// A process that is new runs on with what its parent runs.
TreeTracer::Process& TreeTracer::process_of(pid_t pid, pid_t parent) {
    const auto known = processes_.find(pid);
    if (known != processes_.end()) return known->second;
    TracedImage image;
    if (const auto above = processes_.find(parent); above != processes_.end()) {
        image = images_[above->second.image];
    }
    const auto stat = stat_of(pid);
    image.pid = pid;
    image.parent = parent;
    image.start_ticks = stat ? stat->start_ticks : 0;
    image.forked = true;
    image.begin_ns = realtime_ns();
    image.end_ns = image.begin_ns;
    image.cpu_ns = 0;
    image.peak_rss.reset();
    images_.push_back(std::move(image));
    return processes_[pid] = {images_.size() - 1, 0};
}

void TreeTracer::on_exec(pid_t pid) {
    const auto stat = stat_of(pid);
    Process& process = process_of(pid, stat ? stat->parent : 0);
    groups_[pid] = pid;
    TracedImage& before = images_[process.image];
    TracedImage after = image_after_exec(pid);
    after.parent = before.parent;
    after.start_ticks = before.start_ticks;
    if (before.path.empty()) {  // ours, up to the exec: the command answers for it
        before = std::move(after);
        return;
    }
    const std::int64_t cpu = cpu_ns_of(pid);
    before.cpu_ns = cpu - process.cpu_at_exec;
    before.end_ns = after.begin_ns;
    process.cpu_at_exec = cpu;
    process.image = images_.size();
    images_.push_back(std::move(after));
}

TracedImage TreeTracer::image_after_exec(pid_t pid) {
    TracedImage image;
    image.pid = pid;
    image.begin_ns = realtime_ns();
    image.end_ns = image.begin_ns;
    const std::string link = fmt::format("/proc/{}/exe", pid);
    std::error_code error;
    const std::filesystem::path target = std::filesystem::read_symlink(link, error);
    image.path = error ? std::string(1, '?') : target.string();
    image.executable = executable_at(link);
    image.secure = is_secure(pid);
    image.preloads = preloads(pid, preload_word_);
    return image;
}

const Executable& TreeTracer::executable_at(const std::string& link) {
    struct stat about {};
    ::stat(link.c_str(), &about);
    const auto [entry, is_new] = known_.try_emplace({about.st_dev, about.st_ino});
    if (is_new) entry->second = look_at_executable(link);
    return entry->second;
}

// The thread still has its memory here. The last of the group has seen the highest peak.
void TreeTracer::on_exit(pid_t thread) {
    const auto process = processes_.find(group_of(thread));
    const auto kilobytes = status_number(thread, "VmHWM:");
    if (process == processes_.end() || !kilobytes) return;
    auto& peak = images_[process->second.image].peak_rss;
    peak = std::max(peak.value_or(0), *kilobytes * 1024);
}

std::vector<TracedImage> TreeTracer::images() && {
    std::erase_if(images_, [](const TracedImage& image) { return image.path.empty(); });
    return std::move(images_);
}

}  // namespace morpharena::tool
