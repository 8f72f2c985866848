// A profile for people: the top rows, each with its standard error and its verdict; the tree of processes;
// what could not be seen.
#pragma once

#include <string>

#include "tools/profile_groups.h"
#include "tools/profile_verdict.h"

namespace morpharena::tool {

struct ProfileView {
    ProfileBy by = ProfileBy::site;
    ProfileSort sort = ProfileSort::own;
    std::size_t top = 20;
    bool tree = false;
};

std::string profile_text(const Profile& profile, const ProfileView& view, bool colour);

// "84.0 MiB ± 1.4 %"; without the error where it is 0.
std::string estimate_text(const Estimate& estimate);

std::string share_text(const Share& share);  // "68 ± 6 %"

// One line each: processes without a profile, samples without a stack, modules without names.
std::vector<std::string> profile_notes(const Profile& profile);

}  // namespace morpharena::tool
