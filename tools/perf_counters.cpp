#include "tools/perf_counters.h"

#include <fmt/format.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "tools/small_file.h"

namespace morpharena::tool {

InstructionCounter::InstructionCounter(pid_t pid, Scope scope) {
    perf_event_attr attributes{};
    attributes.size = sizeof attributes;
    attributes.type = PERF_TYPE_HARDWARE;
    attributes.config = PERF_COUNT_HW_INSTRUCTIONS;
    attributes.disabled = 1;
    attributes.enable_on_exec = 1;
    attributes.inherit = 1;
    attributes.exclude_kernel = scope == Scope::user ? 1 : 0;
    attributes.exclude_hv = 1;
    attributes.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
    const long fd = ::syscall(SYS_perf_event_open, &attributes, pid, -1, -1, PERF_FLAG_FD_CLOEXEC);
    if (fd < 0) {
        error_ = errno;
    } else {
        fd_ = static_cast<int>(fd);
    }
}

InstructionCounter::~InstructionCounter() {
    if (fd_ >= 0) ::close(fd_);
}

std::optional<std::uint64_t> InstructionCounter::read() const {
    std::array<std::uint64_t, 3> value{};  // count, time enabled, time running
    if (fd_ < 0 || ::read(fd_, value.data(), sizeof value) != sizeof value || value[2] == 0)
        return std::nullopt;
    if (value[2] >= value[1]) return value[0];
    const double scale = static_cast<double>(value[1]) / static_cast<double>(value[2]);
    return static_cast<std::uint64_t>(static_cast<double>(value[0]) * scale);
}

std::string instruction_problem(int error) {
    switch (error) {
        case 0:
            return "the counter was never scheduled";
        case EACCES:
        case EPERM: {
            auto level = read_small_file("/proc/sys/kernel/perf_event_paranoid").value_or("?");
            if (!level.empty() && level.back() == '\n') level.pop_back();
            return fmt::format(
                "the kernel does not allow it (kernel.perf_event_paranoid is {}; 1 or less would)", level);
        }
        case ENOENT:
        case ENODEV:
        case EOPNOTSUPP:
            return "this processor or virtual machine offers no instruction counter";
        case ENOSYS:
            return "the kernel has no perf_event_open, or a sandbox hides it";
        default:
            return fmt::format("perf_event_open: {}", std::strerror(error));
    }
}

}  // namespace morpharena::tool
