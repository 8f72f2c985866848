// The lock of libc's list of open streams, which fork takes after all handlers.
//
// fflush(NULL) holds it while it waits for a stream, and getline holds a stream while it allocates. A fork
// that waits for the list with our lock held, which getline waits for, never ends. So ours is taken when the
// list is held.
#pragma once

namespace morpharena {

// False, and nothing done, where libc has no such functions or the process has one thread, which fork knows,
// too: a handler that forks may have come into the middle of taking the lock. The holder may take it again.
bool lock_stream_list();
void unlock_stream_list();

}  // namespace morpharena
