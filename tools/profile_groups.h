// The sites of a profile added up by what a reader asks for.
#pragma once

#include <string>
#include <vector>

#include "tools/profile_model.h"

namespace morpharena::tool {

enum class ProfileBy { site, module, process };
enum class ProfileSort { own, cumulative, peak, young };

// BadInput with the option's name in it when there is no such word.
ProfileBy profile_by_named(const std::string& name);
ProfileSort profile_sort_named(const std::string& name);

struct ProfileRow {
    std::string key;    // the same in another profile
    std::string name;   // of the function that asked, the module, the program
    std::string place;  // file and line where most of it was asked, or module; pid
    std::size_t processes = 0;
    SiteFigures own;
    Estimate cumulative;  // bytes asked by it and by what it called
};

// The figure that `sort` names, in bytes.
Estimate measure(const ProfileRow& row, ProfileSort sort);

// The largest first. A function that asks for nothing itself has a row too, for what it calls.
std::vector<ProfileRow> grouped(const Profile& profile, ProfileBy by, ProfileSort sort);

}  // namespace morpharena::tool
