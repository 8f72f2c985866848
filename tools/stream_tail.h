// The last bytes of a stream that may be long.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

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

}  // namespace morpharena::tool
