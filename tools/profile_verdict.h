// What an arena would make of a site's objects.
#pragma once

#include "tools/profile_model.h"

namespace morpharena::tool {

enum class SiteVerdict {
    free,       // kept anyway: an arena gives it for nothing
    wasteful,   // dies young: an arena keeps what others use again
    leak_like,  // dies young, but for a part that never does: it grows under any allocator
    mixed,      // none of these
    unsure,     // the sample is too small to say
};
const char* name_of(SiteVerdict verdict);

// A part of a whole, both estimated from the same sample.
struct Share {
    double value = 0;
    double error = 0;
};
Share share_of(const Estimate& part, const Estimate& whole);

SiteVerdict verdict_on(const SiteFigures& figures);

// The rule, for whoever reads a table.
extern const char* const kVerdictRule;

}  // namespace morpharena::tool
