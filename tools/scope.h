// Where our own cgroup (version 2) is not ours to divide, systemd can start us in one that is.
#pragma once

#include <string>

#include "tools/interrupts.h"

namespace morpharena::tool {

// Replaces this process by itself, with its arguments, under `systemd-run --scope -p Delegate=yes` (--user
// unless we are root). Terminal, streams and exit status stay as they are, since a scope's command is started
// by systemd-run itself. Returns only where that cannot be done, with the reason. Tried once only.
std::string start_anew_in_scope(Interrupts& interrupts);

}  // namespace morpharena::tool
