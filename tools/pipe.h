// A pipe whose ends close when the program runs the next one, and when the Pipe goes away.
#pragma once

#include <fcntl.h>
#include <unistd.h>

namespace morpharena::tool {

class Pipe {
  public:
    Pipe() = default;
    ~Pipe() {
        close_reader();
        close_writer();
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    bool open() { return ::pipe2(ends_, O_CLOEXEC) == 0; }  // false: errno says why
    int reader() const { return ends_[0]; }                 // -1 once closed
    int writer() const { return ends_[1]; }
    void close_reader() { close(ends_[0]); }
    void close_writer() { close(ends_[1]); }

  private:
    static void close(int& end) {
        if (end >= 0) ::close(end);
        end = -1;
    }
    int ends_[2] = {-1, -1};
};

}  // namespace morpharena::tool
