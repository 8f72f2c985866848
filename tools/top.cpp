#include "tools/top.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "tools/table.h"

namespace morpharena::tool {
namespace {

constexpr auto kKeyInterval = std::chrono::milliseconds(50);  // how long a key or a new size may wait

}  // namespace

Top::Top(TreeWatch watch, std::string where, std::chrono::milliseconds interval)
    : watch_(std::move(watch)),
      where_(std::move(where)),
      interval_(interval),
      colour_(wants_colour(STDOUT_FILENO)) {}

void Top::begin(const std::filesystem::path&) {
    if (Screen::available()) screen_ = std::make_unique<Screen>();
    next_ = std::chrono::steady_clock::now();
}

std::chrono::milliseconds Top::until_next() const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_ - std::chrono::steady_clock::now());
    const auto wait = std::max(left, std::chrono::milliseconds(0));
    return screen_ ? std::min(wait, kKeyInterval) : wait;
}

void Top::look() {
    if (screen_) {
        const auto key = screen_->key();
        if (key == 'q' || key == 'Q' || key == '\x03') {
            quit_ = true;
            ::kill(::getpid(), SIGINT);
        }
        const ScreenSize size = screen_->size();
        if (size.columns != drawn_.columns || size.rows != drawn_.rows) draw();
    }
    const auto now = std::chrono::steady_clock::now();
    if (now < next_) return;
    next_ = now + interval_;
    last_ = watch_.snapshot();
    draw();
}

void Top::draw() {
    if (screen_) {
        drawn_ = screen_->size();
        screen_->show(top_text(last_, where_, &drawn_, colour_));
        return;
    }
    if (output_error_ != 0) return;
    std::fputs((top_text(last_, where_, nullptr, colour_) + "\n").c_str(), stdout);
    if (std::fflush(stdout) != 0) output_error_ = errno;
}

}  // namespace morpharena::tool
