#include "tools/screen.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace morpharena::tool {
namespace {

// The terminal may be slow, or be gone: then there is nobody to complain to.
void send(std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

}  // namespace

bool Screen::available() {
    const char* kind = std::getenv("TERM");
    return ::isatty(STDOUT_FILENO) == 1 && kind != nullptr && *kind != '\0' && std::strcmp(kind, "dumb") != 0;
}

Screen::Screen() {
    keys_ = ::isatty(STDIN_FILENO) == 1 ? STDIN_FILENO : ::open("/dev/tty", O_RDONLY | O_CLOEXEC);
    keys_are_ours_ = keys_ > STDIN_FILENO;
    if (keys_ >= 0 && ::tcgetattr(keys_, &before_) == 0) {
        termios single = before_;
        single.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
        single.c_cc[VMIN] = 0;
        single.c_cc[VTIME] = 0;
        single.c_cc[VSUSP] = _POSIX_VDISABLE;  // a stop would leave the terminal as it is now
        raw_ = ::tcsetattr(keys_, TCSANOW, &single) == 0;
    }
    send("\x1b[?1049h\x1b[?25l");  // the other screen, no cursor
}

Screen::~Screen() {
    send("\x1b[?25h\x1b[?1049l");
    if (raw_) ::tcsetattr(keys_, TCSAFLUSH, &before_);
    if (keys_are_ours_) ::close(keys_);
}

ScreenSize Screen::size() const {
    winsize window{};
    ScreenSize size;
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0) return size;
    if (window.ws_col != 0) size.columns = window.ws_col;
    if (window.ws_row != 0) size.rows = window.ws_row;
    return size;
}

void Screen::show(const std::string& text) {
    std::string out = "\x1b[H";
    std::size_t begin = 0;
    for (bool first = true; begin < text.size(); first = false) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        out += (first ? "" : "\r\n") + text.substr(begin, end - begin) + "\x1b[K";
        begin = end + 1;
    }
    send(out + "\x1b[J");
}

std::optional<char> Screen::key() {
    if (keys_ < 0) return std::nullopt;
    pollfd polled{keys_, POLLIN, 0};
    char pressed = 0;
    if (::poll(&polled, 1, 0) <= 0 || ::read(keys_, &pressed, 1) != 1) return std::nullopt;
    return pressed;
}

}  // namespace morpharena::tool
