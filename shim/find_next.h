// Functions of libc that few processes call: by name when they do, since every process that starts would look
// up what stands in the symbol table.
#pragma once

#include <dlfcn.h>

namespace morpharena {

// nullptr where no library behind ours has it.
template <class Function>
void find_next(Function& function, const char* name) {
    function = reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace morpharena
