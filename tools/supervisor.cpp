#include "tools/supervisor.h"

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
#include <utility>

#include "tools/held_command.h"
#include "tools/perf_counters.h"
#include "tools/pipe.h"
#include "tools/process_tree.h"
#include "tools/stream_tail.h"
#include "tools/tree_trace.h"

namespace morpharena::tool {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kGrace = 1s;  // between SIGTERM, which lets gcc remove its temporary files, and SIGKILL
constexpr auto kKillInterval = 20ms;  // between sweeps, as a process may fork while we look
constexpr auto kSampleInterval = 10ms;
constexpr int kEventsAtOnce = 256;

class Supervisor {
  public:
    Supervisor(const Launch& launch, const sigset_t& outside, int trace_file, SupervisorReport& report)
        : launch_(launch), outside_(outside), trace_file_(trace_file), report_(report) {}

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
        for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD}) ::sigaddset(&watched, signal);
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

    bool start() {
        if (launch_.streams == Streams::discard && !stderr_.open()) return fail(StartStep::pipe, errno);
        HeldCommand command;
        if (const int error = command.start(launch_, outside_, stderr_.writer()); error != 0) {
            return fail(StartStep::fork, error);
        }
        command_ = command.pid();
        stderr_.close_writer();
        if (cgroup_) {
            if (const int error = cgroup_->add(command_); error != 0) {
                ::kill(command_, SIGKILL);
                ::waitpid(command_, nullptr, 0);
                return fail(StartStep::join, error);
            }
        }
        if (launch_.trace_preload) {
            tracer_.emplace();
            report_.trace_error = tracer_->begin(command_, *launch_.trace_preload);
            if (report_.trace_error != 0) tracer_.reset();
        }
        all_.emplace(command_, InstructionCounter::Scope::user_and_kernel);
        user_.emplace(command_, InstructionCounter::Scope::user);
        begin_ = Clock::now();
        if (launch_.time_limit) time_is_up_ = begin_ + *launch_.time_limit;
        command.let_go();
        while (tracer_ && !command.has_decided()) step_on();  // exec stops in front of the tracer
        const int error = command.exec_error();
        if (error == 0) return true;
        while (tracer_ && !command_ended_) step_on();  // and so does the exit that follows a failure
        if (!tracer_) ::waitpid(command_, nullptr, 0);
        return fail(StartStep::exec, error);
    }

    void step_on() {
        constexpr useconds_t kPause = 100;
        if (!take_event()) ::usleep(kPause);
    }

    void wait_for_all() {
        while (reap()) {
            const auto wait = until_next_step();
            pollfd polled[2] = {{signal_fd_, POLLIN, 0}, {stderr_.reader(), POLLIN, 0}};
            ::poll(polled, 2, static_cast<int>(wait.count()));
            take_signals();
            if ((polled[1].revents & (POLLIN | POLLHUP)) != 0) drain(stderr_, tail_);
            if (cgroup_ && cgroup_->must_be_sampled()) cgroup_->sample();
            end_what_overstays();
        }
        take_signals();  // Ctrl-C reaches the tree as well, which may be gone before we look
        drain(stderr_, tail_);
        report_.tail_bytes =
            static_cast<std::uint32_t>(tail_.text().copy(report_.tail.data(), report_.tail.size()));
        ::getrusage(RUSAGE_CHILDREN, &report_.usage);
        read_counters();
        if (tracer_) {
            const std::string seen = encode(std::move(*tracer_).images());
            [[maybe_unused]] const ssize_t written = ::write(trace_file_, seen.data(), seen.size());
        }
    }

    // False when no child is left.
    bool reap() {
        if (tracer_) {
            // Not endlessly: a busy tree always has one more, and there are other things to look after.
            for (int taken = 0; taken < kEventsAtOnce; ++taken) {
                if (!take_event()) return !nobody_left_;
            }
            more_events_ = true;
            return true;
        }
        for (;;) {
            int status = 0;
            const pid_t pid = ::waitpid(-1, &status, WNOHANG);
            if (pid == 0) return true;
            if (pid < 0) return errno == EINTR;
            note_end(pid, status);
        }
    }

    // One event of the tracer's; false when there is none now.
    bool take_event() {
        const TreeTracer::Event event = tracer_->next();
        nobody_left_ = event.nobody_left;
        if (event.ended != 0) note_end(event.ended, event.status);
        return event.any;
    }

    void note_end(pid_t pid, int status) {
        if (pid != command_) return;
        command_ended_ = true;
        const auto wall = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - begin_);
        report_.wall_ns = wall.count();
        report_.wait_status = status;
        time_is_up_.reset();
        if (!deadline_) deadline_ = Clock::now() + launch_.linger;
    }

    std::chrono::milliseconds until_next_step() {
        if (std::exchange(more_events_, false)) return 0ms;
        std::chrono::milliseconds wait = cgroup_ && cgroup_->must_be_sampled() ? kSampleInterval : 3600s;
        for (const auto& moment : {deadline_, time_is_up_}) {
            if (!moment) continue;
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(*moment - Clock::now());
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
        if (time_is_up_ && Clock::now() >= *time_is_up_) {
            report_.timed_out = true;
            time_is_up_.reset();
            deadline_ = Clock::now();
        }
        if (!deadline_ || Clock::now() < *deadline_) return;
        const std::size_t found = signal_descendants(::getpid(), asked_to_end_ ? SIGKILL : SIGTERM);
        if (!asked_to_end_ && !report_.interrupted && !report_.timed_out)
            report_.outlived = static_cast<std::uint32_t>(found);
        deadline_ = Clock::now() + (asked_to_end_ ? Clock::duration(kKillInterval) : Clock::duration(kGrace));
        asked_to_end_ = true;
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
    int trace_file_;
    SupervisorReport& report_;
    std::optional<Cgroup> cgroup_;
    std::optional<InstructionCounter> all_;
    std::optional<InstructionCounter> user_;
    std::optional<TreeTracer> tracer_;
    bool nobody_left_ = false;
    bool more_events_ = false;
    Pipe stderr_;
    StreamTail tail_{std::tuple_size_v<decltype(SupervisorReport::tail)>};
    pid_t command_ = -1;
    bool command_ended_ = false;
    int signal_fd_ = -1;
    Clock::time_point begin_;
    std::optional<Clock::time_point> deadline_;    // when what is left of the tree is signalled next
    std::optional<Clock::time_point> time_is_up_;  // when the command has taken too long
    bool asked_to_end_ = false;
};

}  // namespace

void supervise(const Launch& launch, const char* cgroup_name, const sigset_t& mask_outside, int trace_file,
               SupervisorReport& report) {
    Supervisor(launch, mask_outside, trace_file, report).run(cgroup_name);
}

}  // namespace morpharena::tool
