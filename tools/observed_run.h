// One run of a command under our library, and the records that it left: what run, profile and predict
// have in common.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tools/allocators.h"
#include "tools/condition_options.h"
#include "tools/json_parts.h"
#include "tools/launch.h"
#include "tools/run_directory.h"

namespace morpharena::tool {

struct ObservedRunOptions {
    std::string mode = "arena";
    ConditionOptions conditions;
    std::string run_dir;  // empty: a temporary one
    bool tree = false;    // follow every program
};
// --mode, --run-dir and the conditions. --tree is the caller's: it does not mean the same everywhere.
void add_observed_run_options(CLI::App& sub, ObservedRunOptions& options);

class ObservedRun {
  public:
    // Checks the options; there is nothing yet that would have to be cleaned up. BadInput when an option is
    // wrong, or the library cannot be used.
    ObservedRun(const ObservedRunOptions& options, std::vector<std::string> command);
    ObservedRun(const ObservedRun&) = delete;
    ObservedRun& operator=(const ObservedRun&) = delete;

    const Allocator& allocator() const { return allocator_; }
    Environment& environment() { return launch_.environment; }
    // The command then has no library of ours in it.
    void leave_out_library();

    // Runs it, once. `watcher_of` is given the run directory and returns who looks at the tree meanwhile, or
    // nullptr. BadInput as launch() throws it.
    void run(const std::function<TreeWatcher*(const std::filesystem::path&)>& watcher_of = {});

    // After run():
    const RunResult& result() const { return result_; }
    const Records& records() const { return records_; }
    // What became of every program; nothing unless it was asked for and could be had
    // (result().trace_problem).
    const std::optional<TreeAccount>& tree() const { return tree_; }

    // For people: the outcome under the subcommand's name, the conditions, the measured quantities.
    std::string head_text(const char* subcommand) const;
    // A sentence on the share of the processor time that records account for: a Go program such as n0 is
    // static, and no preloading reaches it. `rest` says where the others are. A process that ended without
    // exit() has not recorded its last moments; where all are such there is no share. Empty where it cannot
    // be told.
    std::string recorded_share(const char* rest) const;
    // What every document about such a run has in front.
    Json json_head(std::string_view schema, unsigned version) const;

  private:
    void improve_peak();

    ObservedRunOptions options_;
    Conditions conditions_;
    Allocator allocator_;
    Launch launch_;
    std::optional<Interrupts> interrupts_;  // until the report is out: what cleans up is below
    std::optional<CgroupPlace> place_;
    std::optional<RunDirectory> directory_;
    RunResult result_;
    Records records_;
    std::optional<TreeAccount> tree_;
};

}  // namespace morpharena::tool
