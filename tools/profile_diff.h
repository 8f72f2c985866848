// Two profiles side by side: which sites ask for more, which for less, and where the samples do not tell.
#pragma once

#include <string>
#include <vector>

#include "tools/json_parts.h"
#include "tools/profile_groups.h"

namespace morpharena::tool {

struct ProfileChange {
    std::string name;
    std::string place;
    Estimate before;
    Estimate after;

    double change() const { return after.value - before.value; }
    double error() const { return std::sqrt(before.variance + after.variance); }  // of the change
    // Beyond two standard errors; sampled profiles that differ in nothing go beyond in 1 of 20 rows.
    bool shown() const { return std::abs(change()) > 2 * error(); }
};

// The figure that `sort` names (a side that was sampled and has nothing of a row may have missed it, so its
// variance is not 0), of each row that either has; the largest change first, those that are shown
// before those that are not.
std::vector<ProfileChange> profile_changes(const Profile& before, const Profile& after, ProfileBy by,
                                           ProfileSort sort);
// ... and of everything together.
ProfileChange total_change(const Profile& before, const Profile& after, ProfileSort sort);

// A line for people where the two were not sampled alike; else empty.
std::string interval_note(const Profile& before, const Profile& after);

std::string diff_text(const std::vector<ProfileChange>& changes, const ProfileChange& total, ProfileSort sort,
                      std::size_t top, bool colour);
Json json_of(const ProfileChange& change);

}  // namespace morpharena::tool
