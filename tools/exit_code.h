// What the command answers its caller with, and the error that means "bad input".
#pragma once

#include <stdexcept>

namespace morpharena::tool {

enum ExitCode : int {
    kOk = 0,
    kCommandFailed = 1,  // the measured command ended with a status other than 0, or by a signal
    kBadInput = 2,       // a wrong option or file, or something that was asked for cannot be had here
    kOutOfMemory = 3,    // the kernel's OOM killer ended a process of the tree
    kInterrupted = 130,
};

// One line for people that names the token and says what would be right; main prints it and answers
// kBadInput.
class BadInput : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

}  // namespace morpharena::tool
