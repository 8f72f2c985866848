// Whether an allocator asks for huge pages: seen, not looked up by name, as newer ones ask unasked.
#pragma once

#include <optional>
#include <vector>

#include "bench/harness/programs.h"
#include "bench/harness/subject.h"

namespace morpharena::bench {

struct PagesSeen {
    double huge_share;      // of the fresh memory
    double faults_per_mib;  // 256 with small pages alone, 0.5 with huge ones
};

// What a process under `subject` got for 64 MiB of 64-byte objects; nothing when it did not end well.
std::optional<PagesSeen> see_pages(const Subject& subject, Programs& programs);

}  // namespace morpharena::bench
