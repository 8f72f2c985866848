#include "tools/completion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

namespace morpharena::tool {
namespace {

constexpr const char* kHead = "made from the options of morpharena " MORPHARENA_VERSION "; see morpharena(1)";

// The first clause of a help text, without what a shell's description could trip over.
std::string short_help(const std::string& help) {
    std::string text = help.substr(0, std::min(help.find_first_of(";:("), help.size()));
    std::erase_if(text,
                  [](char c) { return std::string_view("'\"\\[]`$\n").find(c) != std::string_view::npos; });
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
}

std::string all_names(const CliCommand& command) {
    std::string names;
    for (const CliOption& option : command.options) {
        for (const std::string& name : option.names) names += (names.empty() ? "" : " ") + name;
    }
    return names;
}

// Each option with choices once, whichever subcommand has it.
std::vector<CliOption> options_with_choices(const CliModel& model) {
    std::vector<CliOption> found;
    for (const CliCommand& command : model.commands) {
        for (const CliOption& option : command.options) {
            const bool known = std::any_of(found.begin(), found.end(),
                                           [&](const CliOption& one) { return one.names == option.names; });
            if (!known && !choices_of(option).empty()) found.push_back(option);
        }
    }
    return found;
}

std::string sub_names(const CliModel& model) {
    std::string names;
    for (const CliCommand& command : model.commands) names += (names.empty() ? "" : " ") + command.name;
    return names;
}

}  // namespace

std::string bash_completion(const CliModel& model) {
    std::string text = fmt::format(R"bash(# bash: {}
_morpharena() {{
    local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD - 1]}} sub= i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        if [[ ${{COMP_WORDS[i]}} == -- ]]; then
            if declare -F _command_offset >/dev/null; then
                _command_offset $((i + 1))
            elif ((COMP_CWORD == i + 1)); then
                COMPREPLY=($(compgen -c -- "$cur"))
            else
                COMPREPLY=($(compgen -f -- "$cur"))
            fi
            return
        fi
        [[ -z $sub && ${{COMP_WORDS[i]}} != -* ]] && sub=${{COMP_WORDS[i]}}
    done
    case $prev in
)bash",
                                   kHead);
    for (const CliOption& option : options_with_choices(model)) {
        // A list goes on after each comma.
        text += fmt::format(R"bash(        {})
            local head=; [[ $cur == *,* ]] && head=${{cur%,*}},
            COMPREPLY=($(compgen -P "$head" -W "{}" -- "${{cur##*,}}"))
            return ;;
)bash",
                            fmt::join(option.names, "|"), fmt::join(choices_of(option), " "));
    }
    text += "    esac\n    local options=\n    case $sub in\n";
    text += fmt::format("        '') options=\"{} {}\" ;;\n", sub_names(model), all_names(model.top));
    for (const CliCommand& command : model.commands) {
        text += fmt::format("        {}) options=\"{}{}\" ;;\n", command.name, all_names(command),
                            command.runs_command ? " --" : "");
    }
    return text + R"bash(    esac
    [[ -z $sub || $cur == -* ]] && COMPREPLY=($(compgen -W "$options" -- "$cur"))
    [[ ${#COMPREPLY[@]} -eq 0 && $cur != -* ]] && COMPREPLY=($(compgen -f -- "$cur"))
}
complete -o filenames -F _morpharena morpharena
)bash";
}

std::string zsh_completion(const CliModel& model) {
    std::string text = fmt::format(
        "#compdef morpharena\n# zsh: {}\n_morpharena() {{\n    local -a commands\n    commands=(\n", kHead);
    for (const CliCommand& command : model.commands) {
        text += fmt::format("        '{}:{}'\n", command.name, short_help(command.description));
    }
    text += R"zsh(    )
    local separator=${words[(i)--]}
    if ((separator < CURRENT)); then
        shift $separator words
        ((CURRENT -= separator))
        _normal
        return
    fi
    if ((CURRENT == 2)); then
        _describe command commands
        _arguments '--help[show help]' '--version[show the version]'
        return
    fi
    case $words[2] in
)zsh";
    for (const CliCommand& command : model.commands) {
        text += fmt::format("        {})\n            _arguments", command.name);
        for (const CliOption& option : command.options) {
            const std::vector<std::string> choices = choices_of(option);
            const std::string action =
                choices.empty() ? "_files" : fmt::format("_values -s , value {}", fmt::join(choices, " "));
            for (const std::string& name : option.names) {
                text += fmt::format(
                    " \\\n                '{}[{}]{}'", name, short_help(option.help),
                    option.takes_value ? (option.value_optional ? "::value:" : ":value:") + action : "");
            }
        }
        text += command.runs_command ? " \\\n                '*:file:_files' ;;\n"
                                     : " \\\n                '*:file:_files' ;;\n";
    }
    return text + "    esac\n}\n_morpharena \"$@\"\n";
}

std::string fish_completion(const CliModel& model) {
    std::string text = fmt::format("# fish: {}\n", kHead);
    const std::string subs = sub_names(model);
    // Behind -- stands another command's line.
    text += "function __morpharena_before_command; not contains -- -- (commandline -opc); end\n";
    text +=
        "complete -c morpharena -n 'not __morpharena_before_command' -xa "
        "'(set -l words (commandline -opc); set -l at (contains -i -- -- $words); "
        "complete -C (string join \" \" -- $words[(math $at + 1)..] (commandline -ct)))'\n";
    for (const CliCommand& command : model.commands) {
        text += fmt::format(
            "complete -c morpharena -f -n '__morpharena_before_command; and not __fish_seen_subcommand_from "
            "{}' -a {} -d '{}'\n",
            subs, command.name, short_help(command.description));
        for (const CliOption& option : command.options) {
            for (const std::string& name : option.names) {
                const bool is_long = name.starts_with("--");
                text += fmt::format(
                    "complete -c morpharena -n '__morpharena_before_command; and "
                    "__fish_seen_subcommand_from {}' {} {}",
                    command.name, is_long ? "-l" : "-s", name.substr(is_long ? 2 : 1));
                if (option.takes_value && !option.value_optional) text += " -r";
                const std::vector<std::string> choices = choices_of(option);
                if (!choices.empty()) text += fmt::format(" -f -a '{}'", fmt::join(choices, " "));
                text += fmt::format(" -d '{}'\n", short_help(option.help));
            }
        }
    }
    return text;
}

}  // namespace morpharena::tool
