#include "tools/parameters.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/exit_code.h"
#include "tools/printable.h"

namespace morpharena::tool {

Parameter parse_parameter(const char* option, const std::string& text,
                          const std::vector<std::string>& command) {
    const auto equals = text.find('=');
    Parameter parameter;
    if (equals != std::string::npos) {
        parameter.name = text.substr(0, equals);
        for (std::size_t at = equals + 1; at <= text.size();) {
            const auto comma = std::min(text.find(',', at), text.size());
            parameter.values.push_back(text.substr(at, comma - at));
            at = comma + 1;
        }
    }
    const bool empty_value = std::any_of(parameter.values.begin(), parameter.values.end(),
                                         [](const auto& v) { return v.empty(); });
    if (parameter.name.empty() || parameter.values.empty() || empty_value) {
        throw BadInput(fmt::format("{} {}: right is a name and its values, such as n=100,200,400", option,
                                   printable(text)));
    }
    const std::string place = "{" + parameter.name + "}";
    const bool used = std::any_of(command.begin(), command.end(), [&](const std::string& word) {
        return word.find(place) != std::string::npos;
    });
    if (!used) {
        throw BadInput(fmt::format("{} {}: {} stands nowhere in the command", option, printable(text),
                                   printable(place)));
    }
    return parameter;
}

std::vector<Setting> settings_of(const std::vector<Parameter>& parameters) {
    std::vector<Setting> settings = {{}};
    for (const Parameter& parameter : parameters) {
        std::vector<Setting> longer;
        for (const Setting& setting : settings) {
            for (const std::string& value : parameter.values) {
                longer.push_back(setting);
                longer.back().emplace_back(parameter.name, value);
            }
        }
        settings = std::move(longer);
    }
    return settings;
}

std::string substitute(std::string text, const Setting& setting) {
    for (const auto& [name, value] : setting) {
        const std::string place = "{" + name + "}";
        for (std::size_t at = 0; (at = text.find(place, at)) != std::string::npos; at += value.size()) {
            text.replace(at, place.size(), value);
        }
    }
    return text;
}

std::vector<std::string> substitute(std::vector<std::string> words, const Setting& setting) {
    for (std::string& word : words) word = substitute(std::move(word), setting);
    return words;
}

std::string describe(const Setting& setting) {
    std::string text;
    for (const auto& [name, value] : setting)
        text += fmt::format("{}{}={}", text.empty() ? "" : ", ", printable(name), printable(value));
    return text;
}

}  // namespace morpharena::tool
