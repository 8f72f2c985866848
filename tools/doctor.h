// What can be measured on this machine, and what of a given command the library can reach; nothing is run but
// trials of our own.
#pragma once

#include <string>
#include <vector>

namespace morpharena::tool {

enum class Health { yes, partly, no };

struct Finding {
    std::string subject;  // "memory limit", "instructions", ...
    Health health;
    std::string text;  // what there is, or why not and what would help
};

std::vector<Finding> examine_machine();
// The program that `word` names (in PATH, or a path), and, of a script, its interpreter.
std::vector<Finding> examine_command(const std::string& word);

const char* name_of(Health health);  // in JSON and for people: "yes", "partly", "no"

}  // namespace morpharena::tool
