#include "tools/supervisor.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <tuple>

#include "tools/perf_counters.h"
#include "tools/pipe.h"
#include "tools/process_tree.h"
#include "tools/stream_tail.h"

namespace morpharena::tool {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kGrace = 1s;  // between SIGTERM, which lets gcc remove its temporary files, and SIGKILL
constexpr auto kKillInterval = 20ms;  // between sweeps, as a process may fork while we look
constexpr auto kSampleInterval = 10ms;

std::vector<char*> pointers(const std::vector<std::string>& strings) {
    std::vector<char*> out;
    for (const std::string& text : strings) out.push_back(const_cast<char*>(text.c_str()));
    out.push_back(nullptr);
    return out;
}

class Supervisor {
  public:
    Supervisor(const Launch& launch, const sigset_t& outside, SupervisorReport& report)
        : launch_(launch), outside_(outside), report_(report) {}

    void run(const char* cgroup_name) {
        watch_signals();
        if (launch_.place != nullptr && !make_cgroup(cgroup_name)) return;
        if (start()) wait_for_all();
        if (cgroup_) {
            report_.peak_source = cgroup_->peak_source();
            if (const auto peak = cgroup_->peak()) {
                report_.has_peak = true;
                report_.peak = *peak;
            }
            report_.oom_kills = cgroup_->oom_kills();
            cgroup_->remove();
        }
    }

  private:
    bool fail(StartStep step, int error) {
        report_.failed_at = step;
        report_.error = error;
        return false;
    }

    void watch_signals() {
        ::prctl(PR_SET_CHILD_SUBREAPER, 1);
        sigset_t watched;
        ::sigemptyset(&watched);
        for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) ::sigaddset(&watched, signal);
        ::sigprocmask(SIG_BLOCK, &watched, nullptr);
        ::signal(SIGCHLD, SIG_DFL);  // inherited SIG_IGN would reap the children, and their figures, unseen
        signal_fd_ = ::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
    }

    bool make_cgroup(const char* name) {
        std::string problem;
        cgroup_ = Cgroup::make(*launch_.place, name, launch_.memory_limit, problem);
        if (cgroup_) return true;
        problem.copy(report_.problem.data(), report_.problem.size() - 1);
        return fail(StartStep::cgroup, 0);
    }

    // The child waits for a byte before it becomes the command: by then it is in its cgroup and its counters
    // are set.
    bool start() {
        Pipe go, failure;
        if (!go.open() || !failure.open()) return fail(StartStep::pipe, errno);
        if (launch_.streams == Streams::discard && !stderr_.open()) return fail(StartStep::pipe, errno);
        command_ = ::fork();
        if (command_ < 0) return fail(StartStep::fork, errno);
        if (command_ == 0) {
            go.close_writer();
            become_command(go.reader(), failure.writer());
        }
        failure.close_writer();
        stderr_.close_writer();
        if (cgroup_) {
            if (const int error = cgroup_->add(command_); error != 0) {
                ::kill(command_, SIGKILL);
                ::waitpid(command_, nullptr, 0);
                return fail(StartStep::join, error);
            }
        }
        all_.emplace(command_, InstructionCounter::Scope::user_and_kernel);
        user_.emplace(command_, InstructionCounter::Scope::user);
        begin_ = Clock::now();
        [[maybe_unused]] const ssize_t told = ::write(go.writer(), "g", 1);
        int error = 0;  // the pipe closes by itself when exec succeeds
        if (::read(failure.reader(), &error, sizeof error) == static_cast<ssize_t>(sizeof error)) {
            ::waitpid(command_, nullptr, 0);
            fail(StartStep::exec, error);
        }
        return report_.failed_at == StartStep::started;
    }

    [[noreturn]] void become_command(int go, int failure) {
        const bool quiet = launch_.streams != Streams::pass;
        const int null = quiet ? ::open("/dev/null", O_RDWR | O_CLOEXEC) : -1;
        if (quiet) ::dup2(null, STDIN_FILENO);
        if (launch_.streams == Streams::discard) {
            ::dup2(null, STDOUT_FILENO);
            ::dup2(stderr_.writer(), STDERR_FILENO);
        }
        const std::vector<char*> arguments = pointers(launch_.command);
        const std::vector<char*> environment = pointers(launch_.environment);
        char byte = 0;
        if (::read(go, &byte, 1) != 1) ::_exit(127);
        ::sigprocmask(SIG_SETMASK, &outside_, nullptr);
        ::execvpe(arguments[0], arguments.data(), environment.data());
        const int error = errno;
        [[maybe_unused]] const ssize_t told = ::write(failure, &error, sizeof error);
        ::_exit(127);
    }

    void wait_for_all() {
        while (reap()) {
            const auto wait = until_next_step();
            pollfd polled[2] = {{signal_fd_, POLLIN, 0}, {stderr_.reader(), POLLIN, 0}};
            ::poll(polled, 2, static_cast<int>(wait.count()));
            take_signals();
            if ((polled[1].revents & (POLLIN | POLLHUP)) != 0) drain_stderr();
            if (cgroup_ && cgroup_->must_be_sampled()) cgroup_->sample();
            end_what_overstays();
        }
        drain_stderr();
        report_.tail_bytes =
            static_cast<std::uint32_t>(tail_.text().copy(report_.tail.data(), report_.tail.size()));
        ::getrusage(RUSAGE_CHILDREN, &report_.usage);
        read_counters();
    }

    // False when no child is left.
    bool reap() {
        for (;;) {
            int status = 0;
            const pid_t pid = ::waitpid(-1, &status, WNOHANG);
            if (pid == 0) return true;
            if (pid < 0) return errno == EINTR;
            if (pid != command_) continue;
            const auto wall = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - begin_);
            report_.wall_ns = wall.count();
            report_.wait_status = status;
            if (!deadline_) deadline_ = Clock::now() + launch_.linger;
        }
    }

    std::chrono::milliseconds until_next_step() const {
        std::chrono::milliseconds wait = cgroup_ && cgroup_->must_be_sampled() ? kSampleInterval : 3600s;
        if (deadline_) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline_ - Clock::now());
            wait = std::clamp<std::chrono::milliseconds>(left, 0ms, wait);
        }
        return wait;
    }

    void take_signals() {
        signalfd_siginfo info{};
        while (::read(signal_fd_, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
            if (info.ssi_signo == SIGCHLD || report_.interrupted) continue;
            report_.interrupted = true;
            deadline_ = Clock::now();
        }
    }

    // SIGTERM first, then SIGKILL until nobody is left.
    void end_what_overstays() {
        if (!deadline_ || Clock::now() < *deadline_) return;
        const std::size_t found = signal_descendants(::getpid(), asked_to_end_ ? SIGKILL : SIGTERM);
        if (!asked_to_end_ && !report_.interrupted) report_.outlived = static_cast<std::uint32_t>(found);
        deadline_ = Clock::now() + (asked_to_end_ ? Clock::duration(kKillInterval) : Clock::duration(kGrace));
        asked_to_end_ = true;
    }

    void drain_stderr() {
        if (stderr_.reader() < 0) return;
        std::array<char, 16384> piece{};
        for (;;) {
            pollfd polled = {stderr_.reader(), POLLIN, 0};
            if (::poll(&polled, 1, 0) <= 0) return;
            const ssize_t got = ::read(stderr_.reader(), piece.data(), piece.size());
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) return stderr_.close_reader();
            tail_.add({piece.data(), static_cast<std::size_t>(got)});
        }
    }

    void read_counters() {
        report_.instruction_error = user_->error() != 0 ? user_->error() : all_->error();
        const auto all = all_->read();
        const auto user = user_->read();
        report_.has_instructions = all.has_value();
        report_.has_instructions_user = user.has_value();
        report_.instructions = all.value_or(0);
        report_.instructions_user = user.value_or(0);
    }

    const Launch& launch_;
    const sigset_t& outside_;
    SupervisorReport& report_;
    std::optional<Cgroup> cgroup_;
    std::optional<InstructionCounter> all_;
    std::optional<InstructionCounter> user_;
    Pipe stderr_;
    StreamTail tail_{std::tuple_size_v<decltype(SupervisorReport::tail)>};
    pid_t command_ = -1;
    int signal_fd_ = -1;
    Clock::time_point begin_;
    std::optional<Clock::time_point> deadline_;  // when what is left of the tree is signalled next
    bool asked_to_end_ = false;
};

}  // namespace

void supervise(const Launch& launch, const char* cgroup_name, const sigset_t& mask_outside,
               SupervisorReport& report) {
    Supervisor(launch, mask_outside, report).run(cgroup_name);
}

}  // namespace morpharena::tool
