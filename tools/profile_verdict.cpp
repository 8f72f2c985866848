#include "tools/profile_verdict.h"

#include <algorithm>

namespace morpharena::tool {
namespace {

constexpr double kKept = 0.8;   // of the bytes: free
constexpr double kYoung = 0.5;  // of the bytes: wasteful
constexpr double kNever = 0.1;  // of the bytes: leak-like
// Of fewer, all alike, a standard error says 0, and means nothing.
constexpr std::uint64_t kFewest = 10;

enum class Answer { yes, no, unsure };

Answer at_least(const Share& share, double threshold) {
    if (share.value - share.error >= threshold) return Answer::yes;
    return share.value + share.error < threshold ? Answer::no : Answer::unsure;
}

}  // namespace

const char* const kVerdictRule =
    "Verdict for an arena, by shares of the site's bytes: free: 80 % or more live at the process's peak or "
    "at its end; else, where 50 % or more died young (before the process allocated another 1 MiB): "
    "leak-like when 10 % or more were never freed, else wasteful; mixed: none of these; ?: within one "
    "standard error of a bound, or fewer than 10 samples.";

const char* name_of(SiteVerdict verdict) {
    switch (verdict) {
        case SiteVerdict::free:
            return "free";
        case SiteVerdict::wasteful:
            return "wasteful";
        case SiteVerdict::leak_like:
            return "leak-like";
        case SiteVerdict::mixed:
            return "mixed";
        case SiteVerdict::unsure:
            break;
    }
    return "?";
}

Share share_of(const Estimate& part, const Estimate& whole) {
    if (!(whole.value > 0)) return {};
    const double p = std::clamp(part.value / whole.value, 0.0, 1.0);
    // The part and the rest are independent; the ratio moves with both (delta method).
    const double rest = std::max(0.0, whole.variance - part.variance);
    const double variance = (1 - p) * (1 - p) * part.variance + p * p * rest;
    return {p, std::sqrt(variance) / whole.value};
}

SiteVerdict verdict_on(const SiteFigures& figures) {
    const bool exact = figures.bytes.variance == 0;
    if (!(figures.bytes.value > 0) || (!exact && figures.samples < kFewest)) return SiteVerdict::unsure;
    const Share peak = share_of(figures.peak, figures.bytes);
    const Share live = share_of(figures.live, figures.bytes);
    const Answer kept = at_least(peak.value > live.value ? peak : live, kKept);
    if (kept == Answer::yes) return SiteVerdict::free;
    const Answer young = at_least(share_of(figures.young, figures.bytes), kYoung);
    if (kept == Answer::unsure || young == Answer::unsure) return SiteVerdict::unsure;
    if (young == Answer::no) return SiteVerdict::mixed;
    const Answer never = at_least(live, kNever);
    if (never == Answer::unsure) return SiteVerdict::unsure;
    return never == Answer::yes ? SiteVerdict::leak_like : SiteVerdict::wasteful;
}

}  // namespace morpharena::tool
