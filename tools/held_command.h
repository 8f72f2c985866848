// The child that becomes the command, held back until it is in its cgroup and its counters are set.
#pragma once

#include <csignal>

#include "tools/launch.h"
#include "tools/pipe.h"

namespace morpharena::tool {

class HeldCommand {
  public:
    // Forks it. `stderr_to` takes its stderr with Streams::discard. 0, or errno.
    int start(const Launch& launch, const sigset_t& mask_outside, int stderr_to);
    pid_t pid() const { return pid_; }

    // Lets it call exec.
    void let_go();
    // True once it is known whether exec worked; exec_error() is then 0, or errno.
    bool has_decided() const;
    int exec_error() const;  // blocks until then

  private:
    [[noreturn]] void become_command(const Launch& launch, const sigset_t& mask_outside, int stderr_to);

    pid_t pid_ = -1;
    Pipe go_;
    Pipe failure_;  // closes by itself when exec succeeds
};

}  // namespace morpharena::tool
