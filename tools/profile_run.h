// Where a profile comes from: a command that is run, a run directory, a document.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "tools/json_parts.h"
#include "tools/observed_run.h"
#include "tools/profile_model.h"

namespace morpharena::tool {

// A profile with what else its document says: command, outcome, metrics, host.
struct ProfileDocument {
    Json head;
    Profile profile;

    Json json() const;
    std::string command() const;  // as a shell would take it; empty where it is not known
};

struct ProfileRunOptions : ObservedRunOptions {
    std::string interval = "512K";
};
void add_profile_run_options(CLI::App& sub, ProfileRunOptions& options);

struct ProfileRun {
    ProfileDocument document;
    std::string head;  // for people: outcome, time, memory
    std::vector<Damage> damaged;
    int exit_code = 0;
};
// BadInput where the command, the library or its profiler cannot be used.
ProfileRun run_profiled(const ProfileRunOptions& options, const std::vector<std::string>& command);

// `path` is a run directory, a document that --json wrote, or - for one on stdin. BadInput else.
ProfileDocument read_profile_document(const std::string& path, std::vector<Damage>& damaged);

}  // namespace morpharena::tool
