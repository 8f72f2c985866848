#include "tools/environment.h"

#include <unistd.h>

#include <algorithm>

namespace morpharena::tool {
namespace {

bool is_named(const std::string& entry, std::string_view name) {
    return entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=';
}

}  // namespace

Environment own_environment() {
    Environment environment;
    for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry)
        environment.emplace_back(*entry);
    return environment;
}

void unset_variable(Environment& environment, std::string_view name) {
    std::erase_if(environment, [&](const std::string& entry) { return is_named(entry, name); });
}

void set_variable(Environment& environment, std::string_view name, std::string_view value) {
    unset_variable(environment, name);
    environment.push_back(std::string(name) + "=" + std::string(value));
}

std::optional<std::string> variable(const Environment& environment, std::string_view name) {
    const auto found = std::find_if(environment.begin(), environment.end(),
                                    [&](const std::string& entry) { return is_named(entry, name); });
    if (found == environment.end()) return std::nullopt;
    return found->substr(name.size() + 1);
}

void prepend_preload(Environment& environment, std::string_view library) {
    const std::string kept = variable(environment, "LD_PRELOAD").value_or("");
    set_variable(environment, "LD_PRELOAD", std::string(library) + (kept.empty() ? "" : ":" + kept));
}

}  // namespace morpharena::tool
