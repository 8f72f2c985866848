// Results of a campaign, one a line, each of which stands alone: many commands, on many machines, may append
// to one file or to one each.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "tools/json_parts.h"

namespace morpharena::tool {

class JsonLines {
  public:
    // An empty path: nothing is written. BadInput at once when the file could not be appended to later.
    explicit JsonLines(std::string path);

    // Appends one line, in one write under a lock, so that the lines of several writers do not mix. BadInput
    // when the disk is full; half a line is taken back then.
    void add(const Json& document) const;

  private:
    std::string path_;
};

// --jsonl and --title.
void add_lines_options(CLI::App& sub, std::string& path, std::string& title);

}  // namespace morpharena::tool
