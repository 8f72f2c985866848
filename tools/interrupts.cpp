#include "tools/interrupts.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <initializer_list>

namespace morpharena::tool {

Interrupts::Interrupts() : outside_{} {
    sigset_t watched;
    ::sigemptyset(&watched);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) ::sigaddset(&watched, signal);
    ::sigprocmask(SIG_BLOCK, &watched, &outside_);
    fd_ = ::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
}

Interrupts::~Interrupts() {
    requested();  // takes what is pending, so that unblocking does not end us after all
    if (fd_ >= 0) ::close(fd_);
    ::sigprocmask(SIG_SETMASK, &outside_, nullptr);
}

bool Interrupts::requested() {
    signalfd_siginfo info{};
    while (::read(fd_, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) requested_ = true;
    return requested_;
}

}  // namespace morpharena::tool
