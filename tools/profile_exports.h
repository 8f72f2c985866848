// A profile for other programs' viewers.
#pragma once

#include <cstdint>
#include <string>

#include "tools/profile_model.h"

namespace morpharena::tool {

// What a picture of one figure shows. Bytes, but for `objects`.
enum class ProfileValue { bytes, objects, peak, live, young };
// BadInput when there is no such value.
ProfileValue profile_value_named(const std::string& name);
std::string profile_value_names();
double value_of(const SiteFigures& figures, ProfileValue value);
// An estimate as formats want it that know whole numbers only: from 0 to 2^62, as a document may hold 1e300.
std::uint64_t whole(double estimate);

// A function as viewers show it: nothing in it that a terminal or a line of text would trip over.
std::string viewer_name(const std::string& function);

// google/pprof's profile.proto, gzipped: go tool pprof, speedscope, Grafana Pyroscope read it. Each sample
// has its process as a label.
std::string pprof_profile(const Profile& profile, const std::string& command);

// A line a stack, outermost first, the process's program in front: "cc1;main;toplev_main;xmalloc 4096".
// flamegraph.pl, inferno and speedscope read it.
std::string folded_stacks(const Profile& profile, ProfileValue value);

// What valgrind's dh_view.html reads (dhatFileVersion 2). Processes are added up; time is bytes allocated.
std::string dhat_profile(const Profile& profile, const std::string& command);

}  // namespace morpharena::tool
