// The arena's mark and reset, where the library that is preloaded offers them; the same program runs without.
#pragma once

#include "shim/morpharena.h"

namespace morpharena::bench {

inline bool arena_reset_offered() {
    return &morpharena_mark != nullptr && &morpharena_reset != nullptr;
}

}  // namespace morpharena::bench
