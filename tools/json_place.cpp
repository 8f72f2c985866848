#include "tools/json_place.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "tools/exit_code.h"
#include "tools/input_file.h"
#include "tools/printable.h"

namespace morpharena::tool {

void JsonPlace::refuse(const std::string& what) const {
    throw BadInput(fmt::format("{}: {}", printable(where_), what));
}

const Json* JsonPlace::find(const std::string& key) const {
    if (!node_->is_object()) refuse("not an object; right is a document that morpharena wrote with --json");
    const auto found = node_->find(key);
    return found == node_->end() || found->is_null() ? nullptr : &*found;
}

JsonPlace JsonPlace::place(const std::string& key, const Json& node) const {
    return {node, where_ + (where_.ends_with(':') ? " " : ".") + key};
}

bool JsonPlace::has(const std::string& key) const {
    return find(key) != nullptr;
}

JsonPlace JsonPlace::at(const std::string& key) const {
    const Json* found = find(key);
    if (found == nullptr) refuse(fmt::format("the key {} is missing", key));
    return place(key, *found);
}

std::string JsonPlace::text(const std::string& key) const {
    const JsonPlace found = at(key);
    if (!found.node_->is_string()) found.refuse("not a text");
    return found.node_->get<std::string>();
}

std::string JsonPlace::text_or(const std::string& key, const std::string& fallback) const {
    return has(key) ? text(key) : fallback;
}

std::optional<double> JsonPlace::number(const std::string& key) const {
    const Json* found = find(key);
    if (found == nullptr) return std::nullopt;
    if (!found->is_number()) place(key, *found).refuse("not a number");
    return found->get<double>();
}

std::optional<std::uint64_t> JsonPlace::count(const std::string& key) const {
    constexpr double kMost = 9e18;
    const auto value = number(key);
    if (!value) return std::nullopt;
    const Json& node = *find(key);
    if (node.is_number_unsigned()) return node.get<std::uint64_t>();  // a double has no room for nanoseconds
    if (!(*value >= 0) || *value > kMost) at(key).refuse("not a count: right is a number from 0");
    return static_cast<std::uint64_t>(*value);
}

std::int32_t JsonPlace::pid(const std::string& key) const {
    const std::uint64_t value = count(key).value_or(0);
    if (value > std::numeric_limits<std::int32_t>::max()) at(key).refuse("not a process id");
    return static_cast<std::int32_t>(value);
}

bool JsonPlace::flag(const std::string& key) const {
    const Json* found = find(key);
    if (found == nullptr) return false;
    if (!found->is_boolean()) place(key, *found).refuse("neither true nor false");
    return found->get<bool>();
}

std::vector<JsonPlace> JsonPlace::list(const std::string& key) const {
    const Json* found = find(key);
    std::vector<JsonPlace> places;
    if (found == nullptr) return places;
    if (!found->is_array()) place(key, *found).refuse("not a list");
    for (std::size_t i = 0; i < found->size(); ++i) {
        places.push_back(place(fmt::format("{}[{}]", key, i), (*found)[i]));
    }
    return places;
}

std::vector<double> JsonPlace::numbers(const std::string& key) const {
    const Json* found = find(key);
    std::vector<double> values;
    if (found == nullptr) return values;
    if (!found->is_array()) place(key, *found).refuse("not a list");
    values.reserve(found->size());
    for (const Json& value : *found) {
        if (!value.is_number()) place(key, *found).refuse("not a list of numbers");
        values.push_back(value.get<double>());
    }
    return values;
}

std::vector<std::string> JsonPlace::texts(const std::string& key) const {
    std::vector<std::string> values;
    for (const JsonPlace& value : list(key)) {
        if (!value.node_->is_string()) value.refuse("not a text");
        values.push_back(value.node_->get<std::string>());
    }
    return values;
}

std::vector<std::pair<std::string, JsonPlace>> JsonPlace::members() const {
    std::vector<std::pair<std::string, JsonPlace>> all;
    if (!node_->is_object()) refuse("not an object");
    for (auto entry = node_->begin(); entry != node_->end(); ++entry) {
        all.emplace_back(entry.key(), place(entry.key(), *entry));
    }
    return all;
}

// Documents of ours need ten; the JSON library copies and ends a value by recursion, and a stack has an end.
constexpr int kDeepest = 64;

Json parse_json(const std::string& text, const std::string& where) {
    const auto bounded = [&where](int depth, Json::parse_event_t, const Json&) {
        if (depth > kDeepest)
            throw BadInput(fmt::format("{}: nested deeper than {} levels", where, kDeepest));
        return true;
    };
    return Json::parse(text, bounded, false);
}

Json read_document(const std::string& path) {
    std::string problem;
    const std::string text = read_input(path, problem);
    if (!problem.empty()) {
        throw BadInput(
            fmt::format("{}: {}; right is a file that --json wrote (for records: morpharena stats)",
                        printable(path), problem));
    }
    const Json document = parse_json(text, printable(path));
    if (document.is_discarded()) {
        throw BadInput(fmt::format("{}: not one whole JSON document; right is a file that --json wrote",
                                   printable(path)));
    }
    return document;
}

}  // namespace morpharena::tool
