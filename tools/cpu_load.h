// How busy the machine was: what others used while a run was measured is the first cause of noise.
#pragma once

#include <optional>
#include <string_view>

namespace morpharena::tool {

// Seconds of processor time used since boot on all processors, what a hypervisor took included. From the text
// of /proc/stat, `ticks` to a second.
std::optional<double> busy_seconds(std::string_view proc_stat, long ticks);

// Of this machine, or nothing where /proc/stat cannot be read.
std::optional<double> machine_cpu_seconds();

}  // namespace morpharena::tool
