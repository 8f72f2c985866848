// Runs a measuring program once, in a fresh process, and reads the line that it writes.
#pragma once

#include <filesystem>
#include <string>
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

  private:
    std::variant<Sample, Failure> run(const std::string& program, const std::vector<std::string>& arguments,
                                      const tool::Environment& environment);

    tool::Interrupts& interrupts_;
    std::filesystem::path folder_;  // of the measuring programs
    std::filesystem::path output_;  // a temporary file
};

// The line as morpharena-workload writes it. BadInput when it is something else.
Sample parse_sample(const std::string& line);

}  // namespace morpharena::bench
