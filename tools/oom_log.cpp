#include "tools/oom_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

namespace morpharena::tool {
namespace {

// What stands between `before` and the next of `ends`, or nothing.
std::optional<std::string_view> between(std::string_view line, std::string_view before,
                                        std::string_view ends) {
    const auto at = line.find(before);
    if (at == std::string_view::npos) return std::nullopt;
    const std::string_view rest = line.substr(at + before.size());
    return rest.substr(0, rest.find_first_of(ends));
}

std::uint64_t number(std::string_view text) {
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

bool has_component(std::string_view path, std::string_view component) {
    while (!path.empty()) {
        const auto slash = path.find('/');
        if (path.substr(0, slash) == component) return true;
        if (slash == std::string_view::npos) return false;
        path.remove_prefix(slash + 1);
    }
    return false;
}

}  // namespace

// Two records a kill (mm/oom_kill.c, since Linux 4.20): the choice, with the cgroup, and then the kill, with
// the sizes:
//   oom-kill:constraint=CONSTRAINT_MEMCG,...,task_memcg=/x/morpharena-1-2,task=cc1,pid=9476,uid=0
//   Memory cgroup out of memory: Killed process 9476 (cc1) total-vm:221368kB, anon-rss:65152kB, ...
// The first is held back when there are more than ten in five seconds, the second never.
std::vector<OomVictim> oom_victims(std::string_view log, std::string_view cgroup_name, std::uint64_t kills) {
    std::vector<OomVictim> ours;
    std::vector<OomVictim> all;
    while (!log.empty()) {
        const std::string_view line = log.substr(0, log.find('\n'));
        log.remove_prefix(std::min(log.size(), line.size() + 1));
        if (line.find("oom-kill:") != std::string_view::npos) {
            const auto path = between(line, "task_memcg=", ",");
            const auto task = between(line, ",task=", ",");
            const auto pid = between(line, ",pid=", ",");
            if (!path || !task || !pid || !has_component(*path, cgroup_name)) continue;
            ours.push_back({static_cast<pid_t>(number(*pid)), std::string(*task), 0});
        } else if (const auto pid = between(line, "Killed process ", " ")) {
            const OomVictim victim{static_cast<pid_t>(number(*pid)),
                                   std::string(between(line, " (", ")").value_or("?")),
                                   number(between(line, "anon-rss:", "k").value_or("0")) * 1024};
            for (OomVictim& chosen : ours) {
                if (chosen.pid == victim.pid) chosen = victim;
            }
            all.push_back(victim);
        }
    }
    return ours.size() < kills && all.size() == kills ? all : ours;
}

OomLog::OomLog() : fd_(::open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {
    if (fd_ < 0 || ::lseek(fd_, 0, SEEK_END) < 0) {
        problem_ = fmt::format("/dev/kmsg cannot be read: {}", std::strerror(errno));
    }
}

OomLog::~OomLog() {
    if (fd_ >= 0) ::close(fd_);
}

std::vector<OomVictim> OomLog::victims(std::string_view cgroup_name, std::uint64_t kills) const {
    std::string log;
    std::array<char, 8192> record{};  // one a read
    while (fd_ >= 0) {
        const ssize_t got = ::read(fd_, record.data(), record.size());
        if (got < 0 && (errno == EPIPE || errno == EINTR)) continue;  // EPIPE: older records were overwritten
        if (got <= 0) break;
        log.append(record.data(), static_cast<std::size_t>(got));
    }
    return oom_victims(log, cgroup_name, kills);
}

}  // namespace morpharena::tool
