#include "tools/reset.h"

#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "tools/printable.h"
#include "tools/process_tree.h"
#include "tools/records.h"
#include "tools/small_file.h"

namespace morpharena::tool {
namespace fs = std::filesystem;
namespace {

constexpr const char* kEnded = "has ended";

class ProcessHandle {
  public:
    explicit ProcessHandle(pid_t pid) : fd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {}
    ~ProcessHandle() {
        if (fd_ >= 0) ::close(fd_);
    }
    ProcessHandle(const ProcessHandle&) = delete;
    ProcessHandle& operator=(const ProcessHandle&) = delete;
    bool good() const { return fd_ >= 0; }
    // 0 or the errno.
    int send(int signal) const {
        return ::syscall(SYS_pidfd_send_signal, fd_, signal, nullptr, 0) == 0 ? 0 : errno;
    }

  private:
    int fd_;
};

// The pid that a record's file name begins with, or 0.
std::int32_t pid_in(std::string_view name) {
    std::int32_t pid = 0;
    std::from_chars(name.data(), name.data() + name.size(), pid);
    return pid;
}

// What asking needs of a record.
struct Prepared {
    std::string file;
    std::uint64_t start_ticks = 0;
    std::uint32_t serial = 0;
    bool bypassed = false;
    int signal = 0;
    bool resets = false;
};

struct Found {
    std::size_t records = 0;  // of this pid, whichever process had it
    Damage damage;            // of one that can't be read
    std::optional<Prepared> newest;
};

Found find_record(const fs::path& directory, std::int32_t pid, std::uint64_t start_ticks) {
    Found found;
    for (const fs::path& file : record_files(directory)) {
        if (pid_in(file.filename().string()) != pid) continue;
        ++found.records;
        const Damage damage = with_record(file, [&](const RecordView& view) {
            const RecordHeader& header = *view.header;
            if (header.pid != pid || header.start_ticks != start_ticks) return;
            if (found.newest && found.newest->serial > header.serial) return;
            found.newest = {file.filename().string(), header.start_ticks,         header.serial,
                            header.bypassed != 0,     header.config.reset_signal, header.config.reset != 0};
        });
        if (!damage.empty()) found.damage = damage;
    }
    return found;
}

// An exec without the library leaves the record behind; only the program that keeps it has it mapped.
bool is_mapped(std::int32_t pid, const std::string& file) {
    const auto maps = read_small_file(fmt::format("/proc/{}/maps", pid));
    return maps && maps->find("/" + file + "\n") != std::string::npos;
}

bool catches(std::int32_t pid, int signal) {
    constexpr std::string_view kCaught = "SigCgt:\t";
    const auto status = read_small_file(fmt::format("/proc/{}/status", pid));
    const auto at = status ? status->find(kCaught) : std::string::npos;
    if (at == std::string::npos || signal < 1 || signal > 64) return false;
    std::uint64_t caught = 0;
    std::from_chars(status->data() + at + kCaught.size(), status->data() + status->size(), caught, 16);
    return (caught >> (signal - 1) & 1) != 0;
}

}  // namespace

std::string ask_for_reset(const fs::path& run_directory, std::int32_t pid) {
    // First: what is looked up below by pid is then known to be of this process, or of none.
    const ProcessHandle process(pid);
    const auto stat = stat_of(pid);
    const bool alive = process.good() && stat && stat->state != 'Z';
    const Found found = find_record(run_directory, pid, alive ? stat->start_ticks : 0);
    if (!alive) return found.records != 0 ? kEnded : "is no process";
    if (found.records == 0) {
        return fmt::format("is not under the library: it has no record in {}",
                           printable(run_directory.string()));
    }
    if (!found.newest) {
        return found.damage.empty() ? "is another process by now than the one that kept a record"
                                    : "has no good record: " + found.damage;
    }
    const Prepared& record = *found.newest;
    if (!is_mapped(pid, record.file))
        return "is not under the library any more: it runs another program by now";
    if (record.bypassed) return "brought a malloc of its own: there is nothing to reset";
    if (record.signal == 0 || !record.resets)
        return "has no reset signal, or no arena; right is MORPHARENA_RESET_SIGNAL=USR2 and an arena when it "
               "starts";
    if (!catches(pid, record.signal))
        return fmt::format("does not catch its reset signal, {}, which would end it", record.signal);
    const int error = process.send(record.signal);
    if (error == ESRCH) return kEnded;
    return error == 0 ? "" : fmt::format("cannot be sent a signal: {}", std::strerror(error));
}

PeriodicReset::PeriodicReset(fs::path run_directory, std::chrono::milliseconds interval, TreeWatcher* other)
    : run_directory_(std::move(run_directory)), interval_(interval), other_(other) {}

void PeriodicReset::begin(const fs::path& cgroup_file) {
    next_ = Clock::now() + interval_;
    if (other_ != nullptr) other_->begin(cgroup_file);
}

std::chrono::milliseconds PeriodicReset::until_next() const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_ - Clock::now());
    const auto own = std::max(left, std::chrono::milliseconds(0));
    return other_ == nullptr ? own : std::min(own, other_->until_next());
}

void PeriodicReset::look() {
    if (other_ != nullptr) other_->look();
    if (Clock::now() < next_) return;
    // A named run directory may be that of another tree, too.
    const std::vector<pid_t> below = descendants(::getpid());
    const std::set<pid_t> ours(below.begin(), below.end());
    std::set<std::string> names;
    std::set<std::int32_t> asked;
    for (const fs::path& file : record_files(run_directory_)) {
        const std::string name = file.filename().string();
        const std::int32_t pid = pid_in(name);
        if (!ours.contains(pid)) continue;
        names.insert(name);
        if (last_time_.contains(name) && asked.insert(pid).second)
            sent_ += ask_for_reset(run_directory_, pid).empty() ? 1 : 0;
    }
    last_time_ = std::move(names);
    next_ = Clock::now() + interval_;
}

}  // namespace morpharena::tool
