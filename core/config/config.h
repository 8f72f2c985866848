// The options of this process: read once from the environment, immutable afterwards.
//
// A value that a row does not allow never stops the program and prints nothing: the row's default serves, and
// a complaint that names the variable, the token and what is allowed goes into the record and the dump.
#pragma once

#include <array>
#include <string_view>

#include "core/base/text.h"
#include "core/config/option_types.h"

namespace morpharena {

struct Config {
#define OPTION(field, NAME, Type, default_text, allowed, help) Type field;
#include "core/config/options.def"
#undef OPTION
};

// One line each, LF after each; what does not fit is cut, and the last line then says so.
class Complaints {
  public:
    void add(std::string_view subject, std::string_view token, std::string_view expected);
    std::string_view view() const { return {buffer_.data(), used_}; }

  private:
    void append(std::string_view line);

    std::array<char, 2044> buffer_{};
    std::size_t used_ = 0;
    bool full_ = false;
};

// Sets `config` to the defaults, then to what `environment` (NULL-terminated, NAME=value each; may be
// nullptr) says. The first of two variables of one name counts, as with getenv. A variable that is set but
// empty is as if not set. Every MORPHARENA_ variable that no row knows is complained of, since it is most
// likely a slip of the pen.
void read_config(char* const* environment, Config& config, Complaints& complaints);

}  // namespace morpharena
