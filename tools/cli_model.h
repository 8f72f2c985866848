// The command line as data: what the man page and the shells' completion are made from, so that they cannot
// say anything else than the parser does.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace morpharena::tool {

struct CliOption {
    std::vector<std::string> names;  // "--json"; without names it is a positional
    bool takes_value = false;
    bool value_optional = false;
    std::string help;
};

struct CliCommand {
    std::string name;
    std::string description;
    std::vector<std::string> usage;  // a line for each way to call it
    std::vector<CliOption> options;
    std::string footer;
    bool runs_command = false;  // takes -- and a command
};

struct CliModel {
    CliCommand top;
    std::vector<CliCommand> commands;
};

CliModel cli_model();

// What a value of the option may be, where that is a short list; else empty.
std::vector<std::string> choices_of(const CliOption& option);

}  // namespace morpharena::tool
