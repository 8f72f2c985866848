// The arena's mark and reset, where the library that is preloaded offers them; the same program runs without.
#pragma once

extern "C" {
// Weak: null when no libmorpharena is loaded, or one that has no resets.
[[gnu::weak]] void* morpharena_mark();
[[gnu::weak]] void morpharena_reset(void* mark);
}

namespace morpharena::bench {

inline bool arena_reset_offered() {
    return &morpharena_mark != nullptr && &morpharena_reset != nullptr;
}

}  // namespace morpharena::bench
