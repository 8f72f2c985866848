// Text from elsewhere inside HTML and SVG.
#pragma once

#include <string>
#include <string_view>

namespace morpharena::tool {

// Safe between tags and inside quoted attributes; control characters become \xNN first.
std::string html(std::string_view text);

// A coordinate: at most two decimals, no exponent, no trailing zeros.
std::string coordinate(double value);

}  // namespace morpharena::tool
