// A timeline made ready for drawing: few layers, each a row of values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/timeline.h"

namespace morpharena::tool {

struct MemoryLayer {
    std::string program;
    std::int32_t pid = 0;               // 0: several processes
    std::size_t colour = 0;             // of the program; kOtherColour where there were too many
    std::uint64_t peak = 0;             // bytes
    std::vector<std::uint64_t> values;  // one a point; 0 where the process was not there
};

struct MemoryStack {
    static constexpr std::size_t kColours = 7;
    static constexpr std::size_t kOtherColour = kColours;
    static constexpr std::size_t kMostLayers = 24;

    std::vector<MemoryLayer> layers;  // from the bottom, by time of appearance; what is left over on top
    std::vector<std::pair<std::string, std::uint64_t>> programs;  // by colour: name, largest sum at once
    std::uint64_t peak = 0;                                       // of the sum
};

// Layers are anonymous memory where /proc showed it, else what our heap mapped.
MemoryStack stack_of(const Timeline& timeline);

}  // namespace morpharena::tool
