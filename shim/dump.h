// The dump: the report of this process, written where MORPHARENA_STATS says, at exit and at
// MORPHARENA_DUMP_SIGNAL.
#pragma once

namespace morpharena {

// Writes one dump; nothing when MORPHARENA_STATS is not given. Async-signal-safe. A place that can't
// be written becomes a complaint in the record; nothing is ever written over: a name without %n is appended
// to.
void write_dump();

}  // namespace morpharena
