#include "tools/cli_model.h"

#include <algorithm>
#include <sstream>

#include "tools/allocators.h"
#include "tools/cli.h"

namespace morpharena::tool {
namespace {

CliCommand command_of(const CLI::App& app) {
    CliCommand command{app.get_name(), app.get_description(), {}, {}, app.get_footer(), false};
    std::istringstream usage(dynamic_cast<const CLI::Formatter&>(*app.get_formatter()).make_usage(&app, ""));
    for (std::string line; std::getline(usage, line);) {
        const auto begin = line.find(kProgramName);
        if (begin == std::string::npos) continue;
        command.usage.push_back(line.substr(begin));
        command.runs_command = command.runs_command || line.find(" -- ") != std::string::npos;
    }
    for (const CLI::Option* option : app.get_options()) {
        CliOption one;
        for (const std::string& name : option->get_lnames()) one.names.push_back("--" + name);
        for (const std::string& name : option->get_snames()) one.names.push_back("-" + name);
        one.takes_value = option->get_items_expected_max() != 0;
        one.value_optional = one.takes_value && option->get_items_expected_min() == 0;
        one.help = option->get_description();
        command.options.push_back(std::move(one));
    }
    return command;
}

}  // namespace

CliModel cli_model() {
    Invocation invocation;
    CLI::App app("", kProgramName);
    build_app(app, invocation);
    CliModel model{command_of(app), {}};
    for (const CLI::App* sub : app.get_subcommands(nullptr)) model.commands.push_back(command_of(*sub));
    return model;
}

std::vector<std::string> choices_of(const CliOption& option) {
    const auto is = [&](const char* name) {
        return std::find(option.names.begin(), option.names.end(), name) != option.names.end();
    };
    std::vector<std::string> names;
    for (const AllocatorRow& row : allocator_rows()) {
        if (is("--allocators") || (is("--mode") && row.kind == AllocatorKind::ours))
            names.emplace_back(row.name);
    }
    return names;
}

}  // namespace morpharena::tool
