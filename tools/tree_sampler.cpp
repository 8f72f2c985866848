#include "tools/tree_sampler.h"

#include <fcntl.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <string_view>

namespace morpharena::tool {
namespace {

using namespace std::chrono_literals;

constexpr auto kShortestInterval = 10ms;
constexpr auto kLongestInterval = 1000ms;
constexpr int kIdleShare = 200;  // intervals are so many times as long as a sample

double seconds_of(clockid_t clock) {
    timespec now{};
    ::clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// The pid that a record's file name begins with, or 0.
std::int32_t pid_in(std::string_view name) {
    std::int32_t pid = 0;
    std::from_chars(name.data(), name.data() + name.size(), pid);
    return pid;
}

}  // namespace

TreeSampler::TreeSampler(std::filesystem::path run_directory) : run_directory_(std::move(run_directory)) {
    if (run_directory_.empty()) return;
    arrivals_ = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (arrivals_ >= 0) ::inotify_add_watch(arrivals_, run_directory_.c_str(), IN_CREATE);
}

TreeSampler::~TreeSampler() {
    if (arrivals_ >= 0) ::close(arrivals_);
    if (cgroup_ >= 0) ::close(cgroup_);
}

void TreeSampler::begin(const std::filesystem::path& cgroup_file) {
    cgroup_file_ = cgroup_file;
    begin_ = next_ = Clock::now();
    cpu_before_ = cpu_at_last_ = seconds_of(CLOCK_THREAD_CPUTIME_ID);
    builder_.timeline().start_ns = static_cast<std::uint64_t>(seconds_of(CLOCK_REALTIME) * 1e9);
}

std::chrono::milliseconds TreeSampler::until_next() const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_ - Clock::now());
    return std::max<std::chrono::milliseconds>(left, 0ms);
}

bool TreeSampler::arrive(const std::string& name) {
    if (!name.ends_with(kRecordSuffix)) return true;
    auto record = LiveRecord::open(run_directory_ / name);
    if (!record) return false;
    const std::int32_t pid = record->view().header->pid;
    if (!record->memory()) return true;  // gone already
    const std::size_t index = builder_.add_process(pid, record->program());
    // A record of a pid that we know is that of its next exec.
    alive_.insert_or_assign(pid, Process{std::move(*record), index});
    return true;
}

void TreeSampler::take_arrivals() {
    constexpr std::size_t kMostUnread = 64;
    std::vector<std::string> names = std::move(unread_);
    unread_.clear();
    alignas(inotify_event) std::array<char, 16384> events{};
    for (;;) {
        const ssize_t got = arrivals_ < 0 ? 0 : ::read(arrivals_, events.data(), events.size());
        if (got <= 0) break;
        for (const char* at = events.data(); at < events.data() + got;) {
            const auto* event = reinterpret_cast<const inotify_event*>(at);
            if (event->len != 0) names.emplace_back(event->name);
            at += sizeof(inotify_event) + event->len;
        }
    }
    for (std::string& name : names) {
        // Most of ten thousand short processes are gone before anybody looks: that must cost next to nothing.
        const std::int32_t pid = pid_in(name);
        if (pid <= 0 || ::kill(pid, 0) != 0) continue;
        if (!arrive(name) && unread_.size() < kMostUnread) unread_.push_back(std::move(name));
    }
}

void TreeSampler::look_at_tree(TimelinePoint& point) {
    if (cgroup_file_.empty()) return;
    if (cgroup_ < 0) cgroup_ = ::open(cgroup_file_.c_str(), O_RDONLY | O_CLOEXEC);
    std::array<char, 32> text{};
    if (cgroup_ < 0 || ::pread(cgroup_, text.data(), text.size() - 1, 0) <= 0) return;
    point.tree = std::strtoull(text.data(), nullptr, 10);
}

void TreeSampler::look() {
    const auto start = Clock::now();
    if (start < next_) return;
    take_arrivals();
    TimelinePoint point;
    point.seconds = std::chrono::duration<double>(start - begin_).count();
    look_at_tree(point);
    for (auto entry = alive_.begin(); entry != alive_.end();) {
        LiveRecord& record = entry->second.record;
        record.refresh();
        if (const auto now = record.memory()) {
            point.entries.push_back({entry->second.index, *now});
            ++entry;
        } else {
            entry = alive_.erase(entry);
        }
    }
    std::sort(point.entries.begin(), point.entries.end(),
              [](const auto& a, const auto& b) { return a.process < b.process; });
    if (point.tree || !point.entries.empty()) builder_.add(std::move(point));

    // From one sample's end to the next one's: waking up costs about as much as looking.
    const double cpu = seconds_of(CLOCK_THREAD_CPUTIME_ID);
    const std::chrono::duration<double> spent(cpu - cpu_at_last_);
    cpu_at_last_ = cpu;
    const auto idle = std::chrono::duration_cast<Clock::duration>(spent * kIdleShare);
    next_ = start + std::clamp<Clock::duration>(idle, kShortestInterval, kLongestInterval);
}

Timeline TreeSampler::finish() {
    Timeline timeline = std::move(builder_).finish();
    timeline.sampler_cpu_seconds = seconds_of(CLOCK_THREAD_CPUTIME_ID) - cpu_before_;
    if (timeline.points.empty()) {
        timeline.absent = run_directory_.empty() && cgroup_file_.empty()
                              ? "no memory cgroup can be had, and the processes keep no records"
                              : "the run was over before its first sample, or nothing could be read";
    }
    return timeline;
}

}  // namespace morpharena::tool
