// Looks up the allocator behind ours (core/heap/system.h).
#pragma once

#include "core/config/config.h"

namespace morpharena {

// All of it in mode `system`, which serves from it; the others ask it for the size of an object at the most.
void find_next_allocator(Mode mode);

// In mode `system`: what the program would reach by this name without us, the next allocator's or else
// libc's. Looked up without the loader (symbol_table.h says why). nullptr: neither has it, or the mode is
// another.
void* next_by_name(const char* name);

}  // namespace morpharena
