// Looks up the allocator behind ours (core/heap/system.h).
#pragma once

#include "core/config/config.h"

namespace morpharena {

// All of it in mode `system`, which serves from it; the others ask it for the size of an object at the most.
void find_next_allocator(Mode mode);

}  // namespace morpharena
