// A shared object, or the program, as it lies in memory.
#pragma once

#include <link.h>
#include <stdint.h>

namespace morpharena {

struct LoadedObject {
    uintptr_t bias = 0;   // what the loader adds to the file's addresses
    uintptr_t start = 0;  // of all its segments
    uintptr_t end = 0;
    const ElfW(Dyn) * dynamic = nullptr;

    bool has(const void* address) const { return reinterpret_cast<uintptr_t>(address) - start < end - start; }
};

// The one that has `address`; an empty one where none has. Not by dladdr, which looks through all symbols of
// what it finds: with it a start of /bin/true in mode `system` took 3.4 times the instructions, not 1.15.
LoadedObject loaded_object_at(const void* address);

}  // namespace morpharena
