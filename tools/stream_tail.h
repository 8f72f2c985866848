// The last bytes of a stream that may be long.
#pragma once

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <string>
#include <string_view>

#include "tools/pipe.h"

namespace morpharena::tool {

class StreamTail {
  public:
    explicit StreamTail(std::size_t most) : most_(most) {}

    void add(std::string_view piece) {
        text_.append(piece);
        if (text_.size() > 2 * most_) text_.erase(0, text_.size() - most_);
    }
    // At most `most` bytes.
    std::string_view text() const {
        return std::string_view(text_).substr(text_.size() - std::min(text_.size(), most_));
    }

  private:
    std::size_t most_;
    std::string text_;
};

// Takes what a pipe holds now, without waiting; closes its reader at the end of the stream.
inline void drain(Pipe& pipe, StreamTail& tail) {
    if (pipe.reader() < 0) return;
    std::array<char, 16384> piece{};
    for (;;) {
        pollfd polled = {pipe.reader(), POLLIN, 0};
        if (::poll(&polled, 1, 0) <= 0) return;
        const ssize_t got = ::read(pipe.reader(), piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return pipe.close_reader();
        tail.add({piece.data(), static_cast<std::size_t>(got)});
    }
}

}  // namespace morpharena::tool
