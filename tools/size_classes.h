// How many objects of which size: added up over processes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tools/json_place.h"
#include "tools/records.h"

namespace morpharena::tool {

struct SizeClass {
    std::uint64_t up_to = 0;  // bytes: the largest size that is counted here
    std::uint64_t objects = 0;
    std::uint64_t bytes = 0;
};

// By size, without empty ones. Records that went away since they were listed count for nothing.
std::vector<SizeClass> size_classes_of(std::span<const ProcessRecord> processes);
// The same classes of several lists added up.
std::vector<SizeClass> merged(std::span<const SizeClass> classes);

Json json_of(std::span<const SizeClass> classes);
// From a list under "size_classes" of `place`.
std::vector<SizeClass> size_classes_from(const JsonPlace& place);

}  // namespace morpharena::tool
