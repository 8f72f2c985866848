// A shared object, or the program, as it lies in memory.
#pragma once

#include <link.h>
#include <stdint.h>

namespace morpharena {

struct LoadedObject {
    uintptr_t bias = 0;                   // what the loader adds to the file's addresses
    const ElfW(Dyn) * dynamic = nullptr;  // nullptr: no such object
};

// The one in which `address` lies: an object's parts lie together, so it is the one that begins nearest
// below. Read from the list that the loader keeps for debuggers. No call of the loader's would do: dladdr
// looks through all symbols (with it a start of /bin/true in mode `system` took 3.4 times the instructions,
// not 1.14), and dlsym, which would find others, drops the message that a program's dlerror has not fetched
// yet. Callers hold the loader's lock, or ask for what the process was started with.
LoadedObject loaded_object_at(const void* address);

// libc itself, for the shim alone: found by find_libc(), in the constructor. None where the C library is not
// glibc, or where the program was started as the loader's argument.
extern constinit LoadedObject libc_object;
void find_libc();

}  // namespace morpharena
