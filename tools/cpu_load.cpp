#include "tools/cpu_load.h"

#include <unistd.h>

#include <array>
#include <sstream>
#include <string>

#include "tools/small_file.h"

namespace morpharena::tool {

std::optional<double> busy_seconds(std::string_view proc_stat, long ticks) {
    // cpu user nice system idle iowait irq softirq steal guest guest_nice; the guests' time is in user's.
    constexpr std::array kCounts = {true, true, true, false, false, true, true, true};
    std::istringstream line{std::string(proc_stat.substr(0, proc_stat.find('\n')))};
    std::string name;
    double sum = 0;
    if (!(line >> name) || name != "cpu" || ticks <= 0) return std::nullopt;
    for (const bool counts : kCounts) {
        double value = 0;
        if (!(line >> value)) return std::nullopt;
        if (counts) sum += value;
    }
    return sum / static_cast<double>(ticks);
}

std::optional<double> machine_cpu_seconds() {
    const auto text = read_small_file("/proc/stat");
    return text ? busy_seconds(*text, ::sysconf(_SC_CLK_TCK)) : std::nullopt;
}

}  // namespace morpharena::tool
