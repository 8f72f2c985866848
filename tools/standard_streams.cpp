#include "tools/standard_streams.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "tools/exit_code.h"

namespace morpharena::tool {
namespace {

constexpr std::array kWriteSignals = {SIGPIPE, SIGXFSZ};
std::array<void (*)(int), kWriteSignals.size()> given = {SIG_ERR, SIG_ERR};  // SIG_ERR: not touched

}  // namespace

void secure_standard_streams() {
    // The wrong way round on purpose: a read or write gets EBADF, as if it were closed. The lowest number
    // that is free is the one that open returns, so going up suffices.
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
        if (::fcntl(fd, F_GETFD) >= 0) continue;
        [[maybe_unused]] const int taken =
            ::open("/dev/null", (fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
    }
    for (std::size_t i = 0; i < kWriteSignals.size(); ++i) given[i] = ::signal(kWriteSignals[i], SIG_IGN);
}

void restore_write_signals() {
    for (std::size_t i = 0; i < kWriteSignals.size(); ++i) {
        if (given[i] != SIG_ERR) ::signal(kWriteSignals[i], given[i]);
    }
}

void write_to_stderr(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
}

void print_text(const std::string& text, std::FILE* to) {
    if (std::fputs(text.c_str(), to) >= 0 && std::fflush(to) == 0) return;
    throw BadInput(
        fmt::format("{} cannot be written: {}", to == stdout ? "stdout" : "stderr", std::strerror(errno)));
}

}  // namespace morpharena::tool
