// A size knob: `--param name=list` runs the command once for each value, with {name} replaced in it.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace morpharena::tool {

struct Parameter {
    std::string name;
    std::vector<std::string> values;
};

// One value for each parameter, in order.
using Setting = std::vector<std::pair<std::string, std::string>>;

// "name=a,b,c". BadInput, naming `option`, for anything else, and when {name} is nowhere in `command`.
Parameter parse_parameter(const char* option, const std::string& text,
                          const std::vector<std::string>& command);

// Every combination, the last parameter changing fastest; one empty setting when there is no parameter.
std::vector<Setting> settings_of(const std::vector<Parameter>& parameters);

std::string substitute(std::string text, const Setting& setting);
std::vector<std::string> substitute(std::vector<std::string> words, const Setting& setting);

std::string describe(const Setting& setting);  // "n=100, level=2"

}  // namespace morpharena::tool
