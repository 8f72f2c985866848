// A JSON document from a file, read with care: every complaint names the file, the key and what would be
// right.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tools/json_parts.h"

namespace morpharena::tool {

// A place in a document. An absent key and null are the same: what could not be measured. All throw BadInput
// where something of another type stands.
class JsonPlace {
  public:
    JsonPlace(const Json& node, std::string where) : node_(&node), where_(std::move(where)) {}

    bool has(const std::string& key) const;
    JsonPlace at(const std::string& key) const;  // BadInput when it is absent
    std::string text(const std::string& key) const;
    std::string text_or(const std::string& key, const std::string& fallback) const;
    std::optional<double> number(const std::string& key) const;
    std::optional<std::uint64_t> count(const std::string& key) const;
    std::int32_t pid(const std::string& key) const;                // 0 when absent
    bool flag(const std::string& key) const;                       // false when absent
    std::vector<JsonPlace> list(const std::string& key) const;     // empty when absent
    std::vector<double> numbers(const std::string& key) const;     // null inside is refused
    std::vector<std::string> texts(const std::string& key) const;  // empty when absent
    std::vector<std::pair<std::string, JsonPlace>> members() const;

    const Json& node() const { return *node_; }
    [[noreturn]] void refuse(const std::string& what) const;

  private:
    const Json* find(const std::string& key) const;
    JsonPlace place(const std::string& key, const Json& node) const;

    const Json* node_;
    std::string where_;
};

// Discarded (is_discarded()) when it is not one whole document. BadInput, with `where` in front, when it is
// nested deeper than any document of ours.
Json parse_json(const std::string& text, const std::string& where);

// The document in a file, `-` for stdin. BadInput when it cannot be read, or is not JSON.
Json read_document(const std::string& path);

}  // namespace morpharena::tool
