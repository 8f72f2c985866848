// The memory limit of the control group that this process is in, version 2 or 1.
#pragma once

#include <cstdint>

namespace morpharena::os {

// The smallest limit on the way from our group to the root, in bytes; 0: none, or no such controller. Looks
// where systemd and every container runtime mount it: /sys/fs/cgroup.
std::uint64_t cgroup_memory_limit();

}  // namespace morpharena::os
