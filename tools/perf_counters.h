// Retired instructions of a whole tree, by the processor's counters, where the kernel lets us.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace morpharena::tool {

// Counts from the exec of a process on, in all that descend from it. Opened while the process still waits to
// exec.
class InstructionCounter {
  public:
    enum class Scope { user_and_kernel, user };

    InstructionCounter(pid_t pid, Scope scope);
    ~InstructionCounter();
    InstructionCounter(const InstructionCounter&) = delete;
    InstructionCounter& operator=(const InstructionCounter&) = delete;

    // Complete once every counted process has ended. Scaled up when the kernel shared the counter out;
    // nothing when it could not be opened or never ran.
    std::optional<std::uint64_t> read() const;
    int error() const { return error_; }  // errno of the open, 0 when it worked

  private:
    int fd_ = -1;
    int error_ = 0;
};

// Why there is no figure, for people; `error` is InstructionCounter::error().
std::string instruction_problem(int error);

}  // namespace morpharena::tool
