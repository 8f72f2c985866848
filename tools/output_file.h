// A result file that is either whole or not there.
#pragma once

#include <string>

namespace morpharena::tool {

class OutputFile {
  public:
    // `path` may be "-" for stdout. BadInput at once when it could not be written later: nobody wants to hear
    // that after an hour of runs.
    // `option` is what complaints call it.
    explicit OutputFile(std::string path, const std::string& option = "--json");

    bool is_stdout() const { return path_ == "-"; }
    // Writes beside the file and renames, so that a reader never sees half of it and an old file stays whole
    // until then. BadInput when the disk is full.
    void write(const std::string& text) const;

  private:
    std::string path_;
    bool replaceable_ = true;  // false for a device or a pipe, which is written as it is
};

}  // namespace morpharena::tool
