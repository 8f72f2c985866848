// Loads libmorpharena-profile.so, which stands beside this library, and has it sample from now on.
#pragma once

namespace morpharena {

// In our constructor: the first moment at which loading, which allocates, is safe. What is wrong becomes a
// complaint in the record, and the program goes on. `inside`: an address in this library.
void load_profile(const void* inside);

}  // namespace morpharena
