// How far a comparison is: one line of a terminal's stderr, rewritten in place; nothing where stderr is not a
// terminal. And the notes on it, which wait: only the first run shows that there is nothing to refuse, and a
// refusal is one line.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace morpharena::tool {

class Progress {
  public:
    // What is counted, and lines to be told once the first of it is over, terminal or not.
    explicit Progress(std::string counted = "run", std::string notes = {});
    ~Progress() { wipe(); }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    // Before the run number `done` (from 0) of `total` (0: nobody knows) begins.
    void show(std::size_t done, std::size_t total, const std::string& what);
    // Takes the line away, before something else is printed, and tells the notes: they are due.
    void clear();

  private:
    void wipe();

    std::string counted_;
    std::string notes_;
    bool on_terminal_;
    bool shown_ = false;
    std::chrono::steady_clock::time_point begin_;
};

}  // namespace morpharena::tool
