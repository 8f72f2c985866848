// What `top` shows: a snapshot as lines that fit a terminal.
#pragma once

#include <string>

#include "tools/tree_watch.h"

namespace morpharena::tool {

struct ScreenSize {
    std::size_t columns = 80;
    std::size_t rows = 24;
};

// `where` names what is looked at, made printable here. With `size`, at most so many lines and columns, the
// largest processes first; without, all of them.
std::string top_text(const TreeSnapshot& snapshot, const std::string& where, const ScreenSize* size,
                     bool colour);

// The first `columns` columns of a line; escape sequences that set colours take none and are kept.
std::string cut_line(const std::string& line, std::size_t columns);

}  // namespace morpharena::tool
