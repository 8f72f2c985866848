// Results of a campaign, one a line, each of which stands alone: many commands, on many machines, may append
// to one file or to one each.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "tools/first_problem.h"
#include "tools/json_parts.h"

namespace morpharena::tool {

class JsonLines {
  public:
    // An empty path: nothing is written. BadInput at once when the file could not be appended to later.
    explicit JsonLines(std::string path);

    // Appends one line, in one write under a lock, so that the lines of several writers do not mix. When the
    // disk is full half a line is taken back, and that is told by throw_problem(): the result's table and
    // files, which come later, are not lost with it.
    void add(const Json& document);
    // BadInput for the first line that could not be appended.
    void throw_problem() const;

  private:
    std::string path_;
    FirstProblem problem_;
};

// --jsonl and --title.
void add_lines_options(CLI::App& sub, std::string& path, std::string& title);

}  // namespace morpharena::tool
