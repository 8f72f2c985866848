// The dump of one process: the same facts from the live process (shim) and from its record (the command).
#pragma once

#include "core/observe/record_reader.h"
#include "core/report/emitter.h"

namespace morpharena {

// Schema of the JSON form; it rises when a key changes its meaning or goes away. tools/README.md documents
// it.
inline constexpr unsigned kReportSchema = 1;

// Emits the whole document for one process.
void write_report(Emitter& emitter, const RecordView& view);

}  // namespace morpharena
