// Runs a command and everything that it starts, and measures the tree.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "tools/cgroup.h"
#include "tools/interrupts.h"
#include "tools/metrics.h"
#include "tools/outcome.h"
#include "tools/output_hash.h"
#include "tools/tree_trace.h"
#include "tools/tree_watcher.h"

namespace morpharena::tool {

enum class Streams {
    pass,     // stdin, stdout and stderr are ours
    discard,  // stdin and stdout are /dev/null; the end of stderr is kept for a complaint
    show,     // stdin is /dev/null, stdout and stderr are ours
};

struct Launch {
    std::vector<std::string> command;
    std::vector<std::string> environment;  // NAME=value
    Streams streams = Streams::pass;
    // How long processes may outlive the command before they are ended: a build that starts a daemon must not
    // hang us.
    std::chrono::milliseconds linger{5000};
    const CgroupPlace* place = nullptr;                   // none: the tree gets no cgroup of its own
    std::optional<std::uint64_t> memory_limit;            // bytes, of the cgroup in `place`
    std::optional<std::uint64_t> address_space_limit;     // bytes, of each process: RLIMIT_AS
    std::optional<std::chrono::milliseconds> time_limit;  // the tree is ended when the command takes longer
    // Follow every program of the tree with ptrace; its times are not to be used then. LD_PRELOAD holding
    // this word is what makes a program one of ours.
    std::optional<std::string> trace_preload;
    TreeWatcher* watcher = nullptr;  // looks at the tree while it runs; none: nobody does
};

struct RunResult {
    Outcome outcome;
    Metrics metrics;
    PeakSource peak_source = PeakSource::none;
    std::string instruction_problem;    // why metrics have none; empty when they do
    std::size_t outlived = 0;           // processes that were ended because they outlived the command
    std::string stderr_tail;            // with Streams::discard
    std::string victim_problem;         // why the OOM killer's victims cannot be named; empty when they can
    std::optional<double> other_share;  // of all processors' time that others used meanwhile, stolen included
    std::vector<TracedImage> images{};  // with trace_preload
    std::string trace_problem;          // why the tree could not be followed; empty when it was
    std::vector<BuiltFile> outputs;     // what a successful run built, as far as it was asked for
};

// Blocks until the whole tree has ended. BadInput when the command cannot be started or the cgroup cannot be
// made. When an interrupt arrives the tree is ended, and the outcome says so.
RunResult launch(const Launch& launch, Interrupts& interrupts);

}  // namespace morpharena::tool
