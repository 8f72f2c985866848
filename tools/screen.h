// A terminal that is ours for a while: another screen, single keys, and everything as it was at the end.
#pragma once

#include <termios.h>

#include <optional>
#include <string>

#include "tools/top_view.h"

namespace morpharena::tool {

class Screen {
  public:
    // True where stdout is a terminal that obeys escape sequences (TERM is not dumb).
    static bool available();

    Screen();
    ~Screen();
    Screen(const Screen&) = delete;
    Screen& operator=(const Screen&) = delete;

    ScreenSize size() const;
    // Shows lines from the top; what was there goes.
    void show(const std::string& text);
    // A descriptor that is readable when a key was pressed, or -1.
    int keys() const { return keys_; }
    // The key that was pressed; nothing when none was.
    std::optional<char> key();

  private:
    int keys_ = -1;
    bool keys_are_ours_ = false;  // opened here
    bool raw_ = false;
    termios before_{};
};

}  // namespace morpharena::tool
