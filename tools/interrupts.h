// SIGINT, SIGTERM and SIGHUP as something to be asked about, instead of something that ends us in the middle
// of a run.
#pragma once

#include <csignal>

namespace morpharena::tool {

// Blocks the three while it lives and offers a descriptor that becomes readable when one is pending. A signal
// that was ignored when we were started (nohup) stays ignored.
class Interrupts {
  public:
    Interrupts();
    ~Interrupts();
    Interrupts(const Interrupts&) = delete;
    Interrupts& operator=(const Interrupts&) = delete;

    // True once any of them has arrived; it stays true.
    bool requested();
    int fd() const { return fd_; }
    // What a started program must have blocked: what was blocked before.
    const sigset_t& mask_outside() const { return outside_; }

  private:
    int fd_;
    sigset_t outside_;
    bool requested_ = false;
};

}  // namespace morpharena::tool
