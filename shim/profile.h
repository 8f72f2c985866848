// Loads libmorpharena-profile.so, which stands beside this library, and has it sample from then on.
#pragma once

namespace morpharena {

// In our constructor, which runs before libc's own: that is too early to load a library (its constructors
// would be given no arguments, and libc no environment). So the first allocation after that does it. What is
// wrong becomes a complaint in the record, and the program goes on.
void load_profile_later();

}  // namespace morpharena
