// The signal that asks for a reset (MORPHARENA_RESET_SIGNAL). Its handler raises a request and then calls the
// handler that was there before; nothing is reset in it.
#pragma once

namespace morpharena {

void catch_reset_signal(int number);

}  // namespace morpharena
