#include "bench/harness/huge_pages.h"

namespace morpharena::bench {

std::optional<PagesSeen> see_pages(const Subject& subject, Programs& programs) {
    const auto outcome = programs.workload({"notes_allocations", "--count", "1048576", "--size", "64"},
                                           environment_of(subject));
    const auto* sample = std::get_if<Sample>(&outcome);
    if (sample == nullptr || !(sample->grown > 0)) return std::nullopt;
    return PagesSeen{sample->huge_share, sample->faults / (sample->grown / (1024 * 1024))};
}

}  // namespace morpharena::bench
