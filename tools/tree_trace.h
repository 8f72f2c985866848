// Every program that ran in a tree, followed with ptrace: the only way that misses none, needs no privilege,
// and reads a process's processor time and peak at the moment when it ends. It stops each process for some
// microseconds at fork, exec and exit, so it is for runs whose times are not used; system calls are not
// stopped.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tools/executable.h"

namespace morpharena::tool {

// One program in one process: from its exec (or the fork, for what runs on in a child) to the next exec or
// the end.
struct TracedImage {
    pid_t pid = 0;
    pid_t parent = 0;
    std::uint64_t start_ticks = 0;  // of the process
    bool forked = false;            // began by fork, with the parent's program
    bool secure = false;            // AT_SECURE: the loader leaves LD_PRELOAD aside
    bool preloads = false;          // its environment names a library of ours
    Executable executable;
    std::string path;
    std::int64_t begin_ns = 0;  // CLOCK_REALTIME, as the records have it
    std::int64_t end_ns = 0;
    std::int64_t cpu_ns = 0;                // of all its threads, exactly (CLOCK_PROCESS_CPUTIME_ID's count)
    std::optional<std::uint64_t> peak_rss;  // VmHWM; not known of a program that was replaced by exec
    int signal = 0;                         // that ended it, 0 for none
};

// In the process that waits for the tree.
class TreeTracer {
  public:
    // Begins with `root`, a child that has not yet called exec. 0, or the errno of why it cannot be traced.
    int begin(pid_t root, std::string preload_word);

    // Takes one event, without waiting. `ended` is the process whose end was taken by this call, with its
    // wait status; false when there is nothing to take now, and `nobody_left` when there never will be.
    struct Event {
        bool any = false;
        bool nobody_left = false;
        pid_t ended = 0;
        int status = 0;
    };
    Event next();

    // Closes the books; in the order in which the images began.
    std::vector<TracedImage> images() &&;

  private:
    struct Process {
        std::size_t image;         // index of the one that runs now
        std::int64_t cpu_at_exec;  // ns
    };

    void on_stop(pid_t thread, int status);
    void on_exec(pid_t pid);
    void on_exit(pid_t thread);
    Process& process_of(pid_t pid, pid_t parent);
    pid_t group_of(pid_t thread);
    void end_image(pid_t pid, int status);
    TracedImage image_after_exec(pid_t pid);
    const Executable& executable_at(const std::string& link);

    std::string preload_word_;
    std::vector<TracedImage> images_;
    std::map<pid_t, Process> processes_;
    std::map<pid_t, pid_t> groups_;                                        // thread -> process
    std::map<std::pair<std::uint64_t, std::uint64_t>, Executable> known_;  // by device and inode
};

// The images as bytes and back: they cross from the supervisor to us in a file.
std::string encode(const std::vector<TracedImage>& images);
std::vector<TracedImage> decode(const std::string& bytes);

}  // namespace morpharena::tool
