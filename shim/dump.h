// The dump: the report of this process, written where MORPHARENA_STATS says, at exit and at
// MORPHARENA_DUMP_SIGNAL.
#pragma once

namespace morpharena {

// Nothing is written when MORPHARENA_STATS is not given. A place that can't be written becomes a complaint in
// the record; nothing is ever written over: a name without %n is appended to.

// Writes one dump. Waits for one that another thread writes, or for its fork.
void write_dump();

// The same, for signal handlers, and not for a vfork child: never waits for a turn. Who has the turn just
// then writes this dump as well, at once or after its fork. A handler that waited for a fork's end, in a
// thread that it had interrupted with a lock of libc's held, waited for ever: the fork waited for that lock.
void ask_for_dump();

// Around a fork: no dump is being written and none begins, and no other thread has come as far.
void take_turn_to_fork();
void give_up_turn_to_fork();

}  // namespace morpharena
