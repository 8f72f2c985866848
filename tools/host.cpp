#include "tools/host.h"

#include <fmt/format.h>
#include <gnu/libc-version.h>
#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "tools/cgroup_place.h"
#include "tools/printable.h"
#include "tools/size_text.h"
#include "tools/small_file.h"

namespace morpharena::tool {
namespace {

std::string trimmed(std::string text) {
    const auto first = text.find_first_not_of(" \t\n");
    if (first == std::string::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

// The word in brackets of "always [madvise] never".
std::string chosen_word(const std::string& text) {
    const auto open = text.find('[');
    const auto close = text.find(']', open);
    return close == std::string::npos ? trimmed(text) : text.substr(open + 1, close - open - 1);
}

std::string cpu_model() {
    const std::string text = read_small_file("/proc/cpuinfo").value_or("");
    const auto line = text.find("model name");
    const auto colon = text.find(':', line);
    if (line == std::string::npos || colon == std::string::npos) return "unknown";
    return printable(trimmed(text.substr(colon + 1, text.find('\n', colon) - colon - 1)));
}

unsigned usable_cpus() {
    cpu_set_t set;
    if (::sched_getaffinity(0, sizeof set, &set) == 0) return static_cast<unsigned>(CPU_COUNT(&set));
    return static_cast<unsigned>(::sysconf(_SC_NPROCESSORS_ONLN));
}

std::string memory_controller() {
    const std::string own = read_small_file("/proc/self/cgroup").value_or("");
    const std::string mounts = read_small_file("/proc/self/mountinfo").value_or("");
    for (const OwnCgroup& cgroup : own_cgroups(own, mounts)) {
        std::error_code ignored;
        if (cgroup.version == CgroupVersion::v1) {
            if (std::filesystem::exists(cgroup.directory / "memory.limit_in_bytes", ignored)) return "v1";
            continue;
        }
        const auto controllers = read_small_file(cgroup.directory / "cgroup.controllers").value_or("");
        if ((" " + trimmed(controllers) + " ").find(" memory ") != std::string::npos) return "v2";
    }
    return "none";
}

}  // namespace

Host this_host() {
    Host host;
    utsname name{};
    ::uname(&name);
    host.name = printable(name.nodename);
    host.kernel = fmt::format("{} {} {}", name.sysname, name.release, name.machine);
    host.cpu = cpu_model();
    host.cpus = usable_cpus();
    host.memory = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
                  static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    host.thp = chosen_word(read_small_file("/sys/kernel/mm/transparent_hugepage/enabled").value_or("absent"));
    host.overcommit = trimmed(read_small_file("/proc/sys/vm/overcommit_memory").value_or("unknown"));
    host.cgroup = memory_controller();
    host.libc = ::gnu_get_libc_version();
    return host;
}

std::string describe(const Host& host) {
    return fmt::format("{}, {} x {}, {}, THP {}, glibc {}", host.kernel, host.cpus, host.cpu,
                       bytes_text(static_cast<double>(host.memory)), host.thp, host.libc);
}

}  // namespace morpharena::tool
