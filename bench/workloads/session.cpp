#include "bench/workloads/session.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "bench/workloads/arena_reset.h"

namespace morpharena::bench {
namespace {

// A pool has nothing that a mark could take back: objects are freed there as anywhere.
bool arena_mode() {
    const char* mode = std::getenv("MORPHARENA_MODE");
    return mode == nullptr || std::strcmp(mode, "arena") == 0;
}

}  // namespace

Session::Session(const Parameters& parameters) : parameters_(parameters) {
    ::pthread_barrier_init(&barrier_, nullptr, parameters.threads);
    totals_.reset = parameters.allow_reset && parameters.warm && parameters.threads == 1 && arena_mode() &&
                    arena_reset_offered();
}

bool Session::begin_round(unsigned round, bool leader) {
    if (round == all_rounds()) return false;
    meet();
    if (leader) {
        round_ = round;
        if (round == 0) {
            totals_.resident_before = resident_now();
            huge_before_ = huge_now();
        }
        if (round == 0 && totals_.reset) mark_ = morpharena_mark();
        objects_ = bytes_ = live_peak_ = 0;
        began_ = usage_now();
    }
    meet();
    return true;
}

void Session::end_round(bool leader) {
    meet();
    if (leader) note_round(usage_now());
    meet();  // nobody frees before the memory was looked at
}

void Session::note_round(const Usage& ended) {
    if (!timed()) return;
    totals_.ns += ended.time_ns - began_.time_ns;
    totals_.user_ns += ended.user_ns - began_.user_ns;
    totals_.system_ns += ended.system_ns - began_.system_ns;
    totals_.minor_faults += ended.minor_faults - began_.minor_faults;
    if (round_ + 1 != all_rounds()) return;
    totals_.resident_after = resident_now();
    totals_.resident_peak = resident_peak();
    totals_.huge = huge_now();
    totals_.huge -= std::min(totals_.huge, huge_before_);
}

void Session::add_work(std::size_t objects, std::size_t bytes, std::size_t live_peak) {
    objects_ += objects;
    bytes_ += bytes;
    live_peak_ += live_peak;
}

Totals Session::totals() const {
    Totals totals = totals_;
    totals.objects = objects_ * parameters_.rounds;
    totals.bytes = bytes_ * parameters_.rounds;
    totals.live_peak = live_peak_;
    return totals;
}

bool Session::reset_arena() const {
    if (totals_.reset) morpharena_reset(mark_);
    return totals_.reset;
}

}  // namespace morpharena::bench
