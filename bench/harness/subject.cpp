#include "bench/harness/subject.h"

#include <fmt/format.h>

#include <set>

#include "tools/exit_code.h"
#include "tools/printable.h"

namespace morpharena::bench {

using namespace morpharena::tool;

namespace {

// A label begins a word and has neither a slash nor a comma in it: what follows may hold '=' as it likes.
std::size_t label_end(const std::string& word) {
    const auto equals = word.find('=');
    const auto other = word.find_first_of("/,");
    return equals != std::string::npos && (other == std::string::npos || equals < other) ? equals
                                                                                         : std::string::npos;
}

std::pair<std::string, std::string> parse_variable(const std::string& word, const std::string& text) {
    const auto colon = text.find(':');
    if (colon == std::string::npos || colon == 0 || text.find('=') < colon) {
        throw BadInput(fmt::format("{}: '{}' sets no variable; right is VARIABLE:VALUE", printable(word),
                                   printable(text)));
    }
    return {text.substr(0, colon), text.substr(colon + 1)};
}

}  // namespace

Subject parse_subject(const std::string& word, const Resolver& resolver) {
    const auto equals = label_end(word);
    std::string rest = equals == std::string::npos ? word : word.substr(equals + 1);
    Subject subject;
    std::vector<std::string> parts;
    for (std::size_t at = 0; at != std::string::npos;) {
        const auto comma = rest.find(',', at);
        parts.push_back(rest.substr(at, comma - at));
        at = comma == std::string::npos ? comma : comma + 1;
    }
    const std::string& name = parts.front();
    if (name.empty() || equals == 0) {
        throw BadInput(fmt::format("{}: right is [LABEL=]ALLOCATOR[,VARIABLE:VALUE...]", printable(word)));
    }
    subject.label = equals == std::string::npos ? name : word.substr(0, equals);
    subject.allocator = resolver.resolve(name);
    for (std::size_t i = 1; i < parts.size(); ++i) {
        subject.variables.push_back(parse_variable(word, parts[i]));
    }
    return subject;
}

std::vector<Subject> installed_subjects(const Resolver& resolver) {
    std::vector<Subject> subjects;
    for (const AllocatorRow& row : allocator_rows()) {
        Allocator allocator;
        std::string reason;
        if (row.name == "system" || !resolver.try_resolve(std::string(row.name), allocator, reason)) continue;
        subjects.push_back({std::string(row.name), std::move(allocator), {}});
    }
    return subjects;
}

void check_labels(const std::vector<Subject>& subjects) {
    std::set<std::string> seen;
    for (const Subject& subject : subjects) {
        if (!seen.insert(subject.label).second) {
            throw BadInput(fmt::format("{}: takes part twice; LABEL={} would tell them apart",
                                       printable(subject.label), printable(subject.label)));
        }
    }
}

Environment environment_of(const Subject& subject) {
    Environment environment = own_environment();
    apply(subject.allocator, environment);
    for (const auto& [name, value] : subject.variables) set_variable(environment, name, value);
    return environment;
}

}  // namespace morpharena::bench
