#include "tools/held_command.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>

#include "tools/standard_streams.h"

namespace morpharena::tool {
namespace {

std::vector<char*> pointers(const std::vector<std::string>& strings) {
    std::vector<char*> out;
    for (const std::string& text : strings) out.push_back(const_cast<char*>(text.c_str()));
    out.push_back(nullptr);
    return out;
}

}  // namespace

int HeldCommand::start(const Launch& launch, const sigset_t& mask_outside, int stderr_to) {
    if (!go_.open() || !failure_.open()) return errno;
    pid_ = ::fork();
    if (pid_ < 0) return errno;
    if (pid_ == 0) become_command(launch, mask_outside, stderr_to);
    go_.close_reader();
    failure_.close_writer();
    return 0;
}

void HeldCommand::become_command(const Launch& launch, const sigset_t& mask_outside, int stderr_to) {
    go_.close_writer();
    const bool quiet = launch.streams != Streams::pass;
    const int null = quiet ? ::open("/dev/null", O_RDWR | O_CLOEXEC) : -1;
    if (quiet) ::dup2(null, STDIN_FILENO);
    if (launch.streams == Streams::discard) {
        ::dup2(null, STDOUT_FILENO);
        ::dup2(stderr_to, STDERR_FILENO);
    }
    const std::vector<char*> arguments = pointers(launch.command);
    const std::vector<char*> environment = pointers(launch.environment);
    char byte = 0;
    if (::read(go_.reader(), &byte, 1) != 1) ::_exit(127);
    if (launch.address_space_limit) {
        const rlimit limit = {*launch.address_space_limit, *launch.address_space_limit};
        ::setrlimit(RLIMIT_AS, &limit);
    }
    restore_write_signals();
    ::sigprocmask(SIG_SETMASK, &mask_outside, nullptr);
    ::execvpe(arguments[0], arguments.data(), environment.data());
    const int error = errno;
    [[maybe_unused]] const ssize_t told = ::write(failure_.writer(), &error, sizeof error);
    ::_exit(127);
}

void HeldCommand::let_go() {
    [[maybe_unused]] const ssize_t told = ::write(go_.writer(), "g", 1);
}

bool HeldCommand::has_decided() const {
    pollfd polled = {failure_.reader(), POLLIN, 0};
    return ::poll(&polled, 1, 0) > 0;
}

int HeldCommand::exec_error() const {
    int error = 0;
    return ::read(failure_.reader(), &error, sizeof error) == static_cast<ssize_t>(sizeof error) ? error : 0;
}

}  // namespace morpharena::tool
