#include "tools/cgroup.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "tools/small_file.h"

namespace morpharena::tool {
namespace fs = std::filesystem;
namespace {

bool is_there(const fs::path& file) {
    return ::access(file.c_str(), F_OK) == 0;
}

}  // namespace

std::string_view describe(PeakSource source) {
    switch (source) {
        case PeakSource::none:
            return "not measured";
        case PeakSource::cgroup_v1:
            return "the whole tree at once, page cache included (cgroup v1)";
        case PeakSource::cgroup_v2:
            return "the whole tree at once, page cache included (cgroup v2)";
        case PeakSource::cgroup_polled:
            return "the whole tree at once, page cache included (cgroup v2, sampled: short peaks are missed)";
        case PeakSource::largest_record:
            return "the largest process alone (VmHWM), not the tree";
        case PeakSource::largest_rusage:
            return "the largest process alone (ru_maxrss), not the tree";
    }
    return "?";
}

std::string_view name_of(PeakSource source) {
    switch (source) {
        case PeakSource::none:
            return "none";
        case PeakSource::cgroup_v1:
            return "cgroup_v1";
        case PeakSource::cgroup_v2:
            return "cgroup_v2";
        case PeakSource::cgroup_polled:
            return "cgroup_v2_sampled";
        case PeakSource::largest_record:
            return "largest_process_vmhwm";
        case PeakSource::largest_rusage:
            return "largest_process_maxrss";
    }
    return "?";
}

std::string Cgroup::set_limit(std::uint64_t limit) const {
    const std::string bytes = fmt::format("{}", limit);
    const auto write = [&](const char* file, const std::string& text) -> std::string {
        const int error = write_small_file(path_ / file, text);
        if (error == 0) return {};
        return fmt::format("cannot write {} to {}: {}", text, (path_ / file).string(), std::strerror(error));
    };
    if (version_ == CgroupVersion::v2) {
        std::string problem = write("memory.max", bytes);
        // Without swap in the kernel the file is missing, and there is nothing to turn off.
        if (problem.empty() && is_there(path_ / "memory.swap.max")) problem = write("memory.swap.max", "0");
        return problem;
    }
    std::string problem = write("memory.limit_in_bytes", bytes);
    if (!problem.empty()) return problem;
    // Memory and swap together may be no more than memory alone: swap off.
    if (is_there(path_ / "memory.memsw.limit_in_bytes")) return write("memory.memsw.limit_in_bytes", bytes);
    return write("memory.swappiness", "0");
}

std::optional<Cgroup> Cgroup::make(const CgroupPlace& place, const std::string& name,
                                   std::optional<std::uint64_t> limit, std::string& problem) {
    Cgroup cgroup(place.version(), place.directory() / name);
    ::rmdir(cgroup.path_.c_str());  // one left by a killed namesake, if it is empty
    if (::mkdir(cgroup.path_.c_str(), 0755) != 0) {
        problem = fmt::format("cannot make the cgroup {}: {}", cgroup.path_.string(), std::strerror(errno));
        return std::nullopt;
    }
    if (place.version() == CgroupVersion::v2) {
        const bool keeps_peak = is_there(cgroup.path_ / "memory.peak");
        cgroup.peak_source_ = keeps_peak ? PeakSource::cgroup_v2 : PeakSource::cgroup_polled;
    }
    if (limit) problem = cgroup.set_limit(*limit);
    if (problem.empty()) return cgroup;
    cgroup.remove();
    return std::nullopt;
}

int Cgroup::add(pid_t pid) const {
    return write_small_file(path_ / "cgroup.procs", fmt::format("{}", pid));
}

void Cgroup::sample() {
    if (const auto now = read_number(path_ / "memory.current")) sampled_peak_ = std::max(sampled_peak_, *now);
}

std::optional<std::uint64_t> Cgroup::peak() const {
    switch (peak_source_) {
        case PeakSource::cgroup_v1:
            return read_number(path_ / "memory.max_usage_in_bytes");
        case PeakSource::cgroup_v2:
            return read_number(path_ / "memory.peak");
        default:
            return sampled_peak_ != 0 ? std::optional(sampled_peak_) : std::nullopt;
    }
}

std::uint64_t Cgroup::oom_kills() const {
    const char* file = version_ == CgroupVersion::v2 ? "memory.events" : "memory.oom_control";
    return keyed_number(read_small_file(path_ / file).value_or(""), "oom_kill").value_or(0);
}

bool Cgroup::remove() const {
    return remove_cgroup(path_);
}

bool remove_cgroup(const fs::path& path) {
    for (int attempt = 0; attempt < 100; ++attempt) {
        if (::rmdir(path.c_str()) == 0 || errno == ENOENT) return true;
        if (errno != EBUSY) return false;
        ::usleep(10'000);
    }
    return false;
}

}  // namespace morpharena::tool
