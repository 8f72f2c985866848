// The signal that asks for a reset (MORPHARENA_RESET_SIGNAL). Its handler raises a request and then calls the
// handler that was there before; nothing is reset in it.
#pragma once

namespace morpharena {

void catch_reset_signal(int number);
// Says in the record, at the end, that the program has put a handler of its own in our place: that one wins.
void note_lost_reset_signal();

}  // namespace morpharena
