#include "tools/launch.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sstream>

#include "tools/cpu_load.h"
#include "tools/exit_code.h"
#include "tools/perf_counters.h"
#include "tools/pipe.h"
#include "tools/printable.h"
#include "tools/small_file.h"
#include "tools/supervisor.h"

namespace morpharena::tool {
namespace {

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// A page that parent and child see alike: what the supervisor reports survives it.
class SharedReport {
  public:
    SharedReport()
        : memory_(::mmap(nullptr, sizeof(SupervisorReport), PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
        if (memory_ == MAP_FAILED) throw BadInput(fmt::format("out of memory: {}", std::strerror(errno)));
    }
    ~SharedReport() { ::munmap(memory_, sizeof(SupervisorReport)); }
    SharedReport(const SharedReport&) = delete;
    SharedReport& operator=(const SharedReport&) = delete;
    SupervisorReport& operator*() { return *static_cast<SupervisorReport*>(memory_); }

  private:
    void* memory_;
};

[[noreturn]] void supervisor_main(const Launch& launch, const std::string& cgroup_name, pid_t parent,
                                  const Interrupts& interrupts, int trace_file, SupervisorReport& report) {
    // Should we be killed outright, the supervisor is told and takes the tree down.
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(1);
    supervise(launch, cgroup_name.c_str(), interrupts.mask_outside(), trace_file, report);
    report.complete = true;
    ::_exit(0);
}

// Waits for the supervisor, and passes an interrupt on to it: one that was sent to us alone has not reached
// it.
void wait_for(pid_t supervisor, int alive, Interrupts& interrupts, TreeWatcher* watcher) {
    for (bool told = false;;) {
        pollfd polled[2] = {{alive, 0, 0}, {told ? -1 : interrupts.fd(), POLLIN, 0}};
        const int wait = watcher == nullptr ? -1 : static_cast<int>(watcher->until_next().count());
        if (::poll(polled, 2, wait) < 0 && errno != EINTR) break;
        if (watcher != nullptr) watcher->look();
        if (!told && interrupts.requested()) {
            ::kill(supervisor, SIGTERM);
            told = true;
        }
        if ((polled[0].revents & (POLLHUP | POLLERR)) != 0) break;
    }
    while (::waitpid(supervisor, nullptr, 0) < 0 && errno == EINTR) {
    }
}

// What the run's cgroup has in memory now; empty when it has none.
std::filesystem::path usage_file(const Launch& launch, const std::string& cgroup_name) {
    if (launch.place == nullptr) return {};
    const char* file =
        launch.place->version() == CgroupVersion::v1 ? "memory.usage_in_bytes" : "memory.current";
    return launch.place->directory() / cgroup_name / file;
}

// The supervisor was killed and could not take the tree down: what its cgroup lists is all that is known of
// it.
void end_all_in(const std::filesystem::path& cgroup) {
    constexpr int kMostSweeps = 100;  // a process may fork while we look
    constexpr useconds_t kPause = 10'000;
    for (int sweep = 0; sweep < kMostSweeps; ++sweep) {
        std::istringstream listed(read_small_file(cgroup / "cgroup.procs").value_or(""));
        bool any = false;
        for (pid_t pid = 0; listed >> pid;) {
            if (pid <= 0) continue;  // 0: of another pid namespace
            any = true;
            ::kill(pid, SIGKILL);
        }
        if (!any) return;
        ::usleep(kPause);
    }
}

void complain(const Launch& launch, const SupervisorReport& report) {
    const std::string name = printable(launch.command.front());
    const char* reason = std::strerror(report.error);
    if (!report.complete) throw BadInput(fmt::format("{}: the process that watched it was killed", name));
    switch (report.failed_at) {
        case StartStep::started:
            return;
        case StartStep::cgroup:
            throw BadInput(report.problem.data());
        case StartStep::join:
            throw BadInput(fmt::format("{}: cannot join its cgroup: {}", name, reason));
        case StartStep::pipe:
        case StartStep::fork:
            throw BadInput(fmt::format("{}: cannot be started: {}", name, reason));
        case StartStep::exec:
            break;
    }
    if (report.error == ENOENT && name.find('/') == std::string::npos) {
        throw BadInput(fmt::format("{}: no such command in PATH", name));
    }
    throw BadInput(fmt::format("{}: cannot be executed: {}", name, reason));
}

// A file without a name, through which the supervisor tells what its tracer saw.
class TraceFile {
  public:
    TraceFile() : fd_(::memfd_create("trace", MFD_CLOEXEC)) {}
    ~TraceFile() {
        if (fd_ >= 0) ::close(fd_);
    }
    TraceFile(const TraceFile&) = delete;
    TraceFile& operator=(const TraceFile&) = delete;
    int fd() const { return fd_; }
    std::string bytes() const { return read_small_file(fmt::format("/proc/self/fd/{}", fd_)).value_or(""); }

  private:
    int fd_;
};

void add_trace(RunResult& result, const SupervisorReport& report, const TraceFile& trace) {
    if (report.trace_error != 0) {
        result.trace_problem =
            fmt::format("ptrace is not allowed here: {}", std::strerror(report.trace_error));
    } else {
        result.images = decode(trace.bytes());
    }
}

void add_victims(RunResult& result, const OomLog& log, const std::string& cgroup_name) {
    if (result.outcome.oom_kills == 0) return;
    result.outcome.victims = log.victims(cgroup_name, result.outcome.oom_kills);
    result.victim_problem = log.problem();
}

RunResult result_of(const SupervisorReport& report) {
    RunResult result;
    result.outcome = judge(report.wait_status, report.oom_kills, report.interrupted);
    if (report.timed_out && !report.interrupted) result.outcome.verdict = Verdict::timed_out;
    result.outlived = report.outlived;
    result.stderr_tail.assign(report.tail.data(), report.tail_bytes);

    Metrics& metrics = result.metrics;
    const double user = seconds(report.usage.ru_utime);
    const double sys = seconds(report.usage.ru_stime);
    metrics[Metric::wall] = static_cast<double>(report.wall_ns) / 1e9;
    metrics[Metric::user] = user;
    metrics[Metric::sys] = sys;
    metrics[Metric::cpu] = user + sys;
    metrics[Metric::faults] = static_cast<double>(report.usage.ru_minflt + report.usage.ru_majflt);
    metrics[Metric::major_faults] = static_cast<double>(report.usage.ru_majflt);
    if (report.has_instructions) metrics[Metric::instructions] = static_cast<double>(report.instructions);
    if (report.has_instructions_user) {
        metrics[Metric::instructions_user] = static_cast<double>(report.instructions_user);
    }
    if (!report.has_instructions) result.instruction_problem = instruction_problem(report.instruction_error);
    if (report.has_peak) {
        metrics[Metric::peak_memory] = static_cast<double>(report.peak);
        result.peak_source = report.peak_source;
    } else {
        metrics[Metric::peak_memory] = static_cast<double>(report.usage.ru_maxrss) * 1024;
        result.peak_source = PeakSource::largest_rusage;
    }
    return result;
}

}  // namespace

RunResult launch(const Launch& launch, Interrupts& interrupts) {
    static unsigned runs = 0;
    const std::string cgroup_name = fmt::format("morpharena-{}-{}", ::getpid(), ++runs);
    Pipe alive;  // the supervisor holds the writing end; it closes when the supervisor is gone
    if (!alive.open()) throw BadInput(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
    SharedReport report;
    const TraceFile trace;
    const OomLog log;
    const auto begin = std::chrono::steady_clock::now();
    const auto busy_before = machine_cpu_seconds();
    const pid_t self = ::getpid();
    const pid_t supervisor = ::fork();
    if (supervisor < 0) throw BadInput(fmt::format("cannot start a process: {}", std::strerror(errno)));
    if (supervisor == 0) {
        alive.close_reader();
        supervisor_main(launch, cgroup_name, self, interrupts, trace.fd(), *report);
    }
    alive.close_writer();
    if (launch.watcher != nullptr) launch.watcher->begin(usage_file(launch, cgroup_name));
    wait_for(supervisor, alive.reader(), interrupts, launch.watcher);
    const auto busy_after = machine_cpu_seconds();
    if (launch.place != nullptr && !(*report).complete) end_all_in(launch.place->directory() / cgroup_name);
    if (launch.place != nullptr) remove_cgroup(launch.place->directory() / cgroup_name);
    complain(launch, *report);
    RunResult result = result_of(*report);
    if (launch.trace_preload) add_trace(result, *report, trace);
    add_victims(result, log, cgroup_name);
    if (busy_before && busy_after) {
        const double others = *busy_after - *busy_before - *result.metrics[Metric::cpu];
        const std::chrono::duration<double> meanwhile = std::chrono::steady_clock::now() - begin;
        const double capacity = meanwhile.count() * static_cast<double>(::sysconf(_SC_NPROCESSORS_ONLN));
        result.other_share = std::clamp(others / capacity, 0.0, 1.0);
    }
    return result;
}

}  // namespace morpharena::tool
