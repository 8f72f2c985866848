#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>

#include "tools/cli.h"
#include "tools/doctor.h"
#include "tools/exit_code.h"
#include "tools/json_parts.h"
#include "tools/output_file.h"
#include "tools/printable.h"
#include "tools/table.h"

namespace morpharena::tool {
namespace {

std::string findings_text(const std::vector<Finding>& findings, bool colour) {
    std::string text;
    for (const Finding& finding : findings) {
        constexpr std::array kStyles = {Style::good, Style::plain, Style::bad};
        const std::string line = fmt::format("{:14} {:7}", finding.subject, name_of(finding.health)) +
                                 wrapped(finding.text, 98, 22);
        text += styled(line, kStyles[static_cast<std::size_t>(finding.health)], colour) + "\n";
    }
    return text;
}

Json json_of(const std::vector<Finding>& findings) {
    Json json = Json::array();
    for (const Finding& finding : findings) {
        json.push_back(
            {{"subject", finding.subject}, {"health", name_of(finding.health)}, {"text", finding.text}});
    }
    return json;
}

int doctor(const std::string& command, const std::string& json_path) {
    const auto json = json_path.empty() ? nullptr : std::make_unique<OutputFile>(json_path);
    std::vector<Finding> of_command;
    if (!command.empty()) of_command = examine_command(command);
    const std::vector<Finding> of_machine = examine_machine();
    const Host host = this_host();
    const bool colour = wants_colour(STDOUT_FILENO);
    std::string text = describe(host) + "\n" + findings_text(of_machine, colour);
    if (!command.empty()) text += "\n" + findings_text(of_command, colour);
    const bool json_alone = json && json->is_stdout();
    deliver(json_alone ? "" : text, stdout, json.get(), [&] {
        Json document = document_head("morpharena.doctor", 1);
        document["host"] = morpharena::tool::json_of(host);
        document["machine"] = json_of(of_machine);
        document["command"] = json_of(of_command);
        return text_of(document);
    });
    return kOk;
}

}  // namespace

void add_doctor(CLI::App& app, Invocation& invocation) {
    auto json = std::make_shared<std::string>();
    auto words = std::make_shared<std::vector<std::string>>();
    CLI::App* sub =
        app.add_subcommand("doctor", "what can be measured here, and what of a command can be seen");
    set_usage(*sub, "morpharena doctor [OPTIONS] [COMMAND]");
    sub->footer("Each row: yes, partly or no, and why.");  // else the parser repeats morpharena's own
    sub->add_option("command", *words, "a program to look at; it is not run");
    sub->add_option("--json", *json, "write the findings as JSON to this file, - for stdout");
    sub->callback([json, words, &invocation] {
        words->insert(words->end(), invocation.command.begin(), invocation.command.end());
        invocation.action = [json, words] { return doctor(words->empty() ? "" : words->front(), *json); };
    });
}

}  // namespace morpharena::tool
