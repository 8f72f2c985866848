// Memory over time: what the processes of a tree held, at instants that are kept few however long a run
// takes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tools/json_place.h"

namespace morpharena::tool {

// One process at one instant. Bytes.
struct MemoryNow {
    std::uint64_t anonymous = 0;  // resident, less file pages and shared ones
    std::uint64_t mapped = 0;     // address space that our heap holds
    std::uint64_t live = 0;       // usable bytes of the objects that were not freed
};

struct TimelineProcess {
    std::int32_t pid = 0;
    std::string program;
};

struct TimelinePoint {
    struct Entry {
        std::size_t process;  // index into Timeline::processes
        MemoryNow now;
    };
    double seconds = 0;                 // since `start_ns`
    std::optional<std::uint64_t> tree;  // the cgroup's memory, page cache included
    std::vector<Entry> entries;         // by index, each at most once

    // What points are weighed by: the cgroup's figure, else the sum of the processes.
    std::uint64_t total() const;
};

struct Timeline {
    std::uint64_t start_ns = 0;  // CLOCK_REALTIME
    std::vector<TimelineProcess> processes;
    std::vector<TimelinePoint> points;
    std::uint64_t samples = 0;       // instants that were looked at
    double sampler_cpu_seconds = 0;  // what looking cost, outside the tree
    std::string absent;              // why it is empty; empty when it is not

    bool has_tree() const;
    double seconds() const { return points.empty() ? 0 : points.back().seconds; }
};

// Takes samples, and keeps at most kMostPoints of them. When there are more, of two neighbours the one with
// the larger total stays, whole: a point is always what one instant showed, so that processes which ran one
// after another are never added up, and the peak never goes.
class TimelineBuilder {
  public:
    static constexpr std::size_t kMostPoints = 300;

    // An index for TimelinePoint::Entry.
    std::size_t add_process(std::int32_t pid, const std::string& program);
    void add(TimelinePoint point);
    // Processes that are in no point are left out.
    Timeline finish() &&;

    Timeline& timeline() { return timeline_; }

  private:
    void thin_out();

    Timeline timeline_;
    std::size_t samples_a_point_ = 1;
    std::size_t in_newest_ = 0;  // samples that the newest point was chosen from
};

// Schema in tools/README.md: columns of equal length, a process's from its first point to its last.
Json json_of(const Timeline& timeline);
Timeline timeline_from(const JsonPlace& place);

}  // namespace morpharena::tool
