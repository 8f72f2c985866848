// The subcommands. Each adds its options to the parser, and sets `action` to what is to be done when it was
// chosen.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tools/output_file.h"

namespace morpharena::tool {

// What stands behind `--`, and the subcommand's deed, which returns the exit code.
struct Invocation {
    bool has_separator = false;
    std::vector<std::string> command;
    std::function<int()> action;
};

void add_run(CLI::App& app, Invocation& invocation);
void add_compare(CLI::App& app, Invocation& invocation);
void add_frontier(CLI::App& app, Invocation& invocation);
void add_profile(CLI::App& app, Invocation& invocation);
void add_predict(CLI::App& app, Invocation& invocation);
void add_merge(CLI::App& app, Invocation& invocation);
void add_doctor(CLI::App& app, Invocation& invocation);
void add_stats(CLI::App& app, Invocation& invocation);
void add_report(CLI::App& app, Invocation& invocation);
void add_top(CLI::App& app, Invocation& invocation);
void add_reset(CLI::App& app, Invocation& invocation);

// Parses and acts; the exit code. Everything that can be wrong ends in one line on stderr.
int command_line(int argc, char** argv);

// All of it, before a word is parsed: what the parser, the man page and the shells' completion are made from.
void build_app(CLI::App& app, Invocation& invocation);
inline constexpr const char* kProgramName = "morpharena";

// How the subcommand is called, for its help.
void set_usage(CLI::App& sub, const std::string& usage);

// BadInput when nothing stands behind --.
void require_command(const Invocation& invocation, const char* subcommand);

// BadInput when the command's own program brings a sanitizer's malloc, so that there is nothing to exchange.
void require_replaceable_malloc(const Invocation& invocation, const char* subcommand);

// Prints `table` to `to`, and writes the document where there is a file for it, even when the table's reader
// has gone. BadInput when either cannot be written.
void deliver(const std::string& table, std::FILE* to, const OutputFile* json,
             const std::function<std::string()>& document);

// A line for stderr when LD_PRELOAD holds something already: it is under every allocator that is measured.
// Empty otherwise.
std::string preload_note();

}  // namespace morpharena::tool
