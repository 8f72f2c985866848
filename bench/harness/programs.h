// Runs a measuring program once, in a fresh process, and reads the line that it writes.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tools/environment.h"
#include "tools/interrupts.h"

namespace morpharena::bench {

// What one run gives; per object where the name says so.
struct Sample {
    double ns;          // per object, of the monotonic clock
    double cpu_ns;      // per object and thread's share: user and system time together
    double faults;      // minor, in the timed region
    double peak;        // bytes, VmHWM of the process
    double grown;       // bytes of resident memory since the first round began
    double huge_share;  // of them, in huge pages
    double objects;
    double bytes;      // asked for
    double live_peak;  // payload that was live at once in a round
    bool reset;        // the arena was reset between rounds
};

// Nanoseconds of processor time an iteration, in the order in which the program lists its microbenchmarks.
using NamedTimes = std::vector<std::pair<std::string, double>>;

// Why there is no sample.
struct Failure {
    std::string reason;
    bool interrupted = false;
};

class Programs {
  public:
    explicit Programs(tool::Interrupts& interrupts);
    ~Programs();
    Programs(const Programs&) = delete;
    Programs& operator=(const Programs&) = delete;

    // `arguments`: the program's, without --json.
    std::variant<Sample, Failure> workload(const std::vector<std::string>& arguments,
                                           const tool::Environment& environment);
    // The limit has no allocator, so its environment is ours.
    std::variant<Sample, Failure> first_touch(const std::vector<std::string>& arguments);

    std::variant<NamedTimes, Failure> fast_paths(const tool::Environment& environment);

  private:
    // What `command` wrote into output_.
    std::variant<std::string, Failure> run(std::vector<std::string> command,
                                           const tool::Environment& environment);
    std::variant<Sample, Failure> run_for_line(const char* program, const std::vector<std::string>& arguments,
                                               const tool::Environment& environment);

    tool::Interrupts& interrupts_;
    std::filesystem::path folder_;  // our own, and the measuring programs'
    std::filesystem::path output_;  // a temporary file
};

// Google Benchmark's JSON. BadInput when it is something else.
NamedTimes parse_named_times(const std::string& text);

// The line as morpharena-workload writes it. BadInput when it is something else.
Sample parse_sample(const std::string& line);

}  // namespace morpharena::bench
