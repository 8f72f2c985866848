// The directory in which the processes of a run keep their records.
#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "tools/records.h"

namespace morpharena::tool {

// A temporary one, removed at the end, or one that the user named, kept.
class RunDirectory {
  public:
    // Below $TMPDIR, else /tmp. BadInput when none can be made.
    static RunDirectory temporary();
    // An existing directory that can be written; what it holds already is left alone and not shown. BadInput
    // else.
    static RunDirectory named(const std::string& path);

    RunDirectory(RunDirectory&& other) noexcept;
    RunDirectory& operator=(RunDirectory&&) = delete;
    RunDirectory(const RunDirectory&) = delete;
    RunDirectory& operator=(const RunDirectory&) = delete;
    ~RunDirectory();

    const std::filesystem::path& path() const { return path_; }  // absolute
    // Those that were not there at first.
    Records new_records() const;

  private:
    RunDirectory(std::filesystem::path path, bool temporary)
        : path_(std::move(path)), temporary_(temporary) {}

    std::filesystem::path path_;
    bool temporary_;
    std::set<std::filesystem::path> before_;
};

}  // namespace morpharena::tool
