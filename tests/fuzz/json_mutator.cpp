#include "tests/fuzz/json_mutator.h"

#include <cstring>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

// libFuzzer's; the replay is built without it and asks for no mutation.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most)
    __attribute__((weak));

namespace morpharena::fuzz {
namespace {

using Json = nlohmann::ordered_json;

void collect(Json& node, std::vector<Json*>& all) {
    all.push_back(&node);
    if (node.is_structured()) {
        for (auto& child : node) collect(child, all);
    }
}

// Values that readers get wrong: of the wrong kind, at the ends of ranges, with what a terminal or a page
// would obey.
Json odd_value(std::mt19937& random) {
    static const std::vector<Json> kOdd = {nullptr,
                                           true,
                                           false,
                                           0,
                                           1,
                                           -1,
                                           2,
                                           1e300,
                                           -1e300,
                                           1e-320,
                                           0.5,
                                           9223372036854775807LL,
                                           18446744073709551615ULL,
                                           -9223372036854775807LL - 1,
                                           4294967296LL,
                                           "",
                                           "ok",
                                           "\x1b[31m<script>\n",
                                           "\xc2\x9b\xe2\x80\xae",
                                           "oom_killed",
                                           "output_differs",
                                           "glibc",
                                           "arena",
                                           "seconds",
                                           "bytes",
                                           "morpharena.compare",
                                           "morpharena.run",
                                           "morpharena.sweep",
                                           "morpharena.frontier",
                                           "morpharena.stats",
                                           "=1+1",
                                           "|",
                                           std::string(300, 'x'),
                                           Json::array(),
                                           Json::object(),
                                           Json::array({nullptr}),
                                           Json::array({1, 2, 3}),
                                           Json::object({{"", nullptr}})};
    return kOdd[random() % kOdd.size()];
}

void erase_child(Json& parent, std::size_t which) {
    if (parent.is_array()) parent.erase(which);
    if (parent.is_object()) parent.erase(std::next(parent.begin(), static_cast<std::ptrdiff_t>(which)));
}

void change(Json& document, std::mt19937& random) {
    std::vector<Json*> nodes;
    collect(document, nodes);
    Json& node = *nodes[random() % nodes.size()];
    const Json other = *nodes[random() % nodes.size()];
    switch (random() % 6) {
        case 0:
            node = odd_value(random);
            break;
        case 1:
            node = other;
            break;
        case 2:
            if (node.is_structured() && !node.empty()) erase_child(node, random() % node.size());
            break;
        case 3:
            if (node.is_array()) node.push_back(node.empty() ? other : node[random() % node.size()]);
            break;
        case 4:
            if (node.is_number())
                node = node.get<double>() * (static_cast<double>(random() % 2000) - 1000) / 100;
            break;
        default:
            if (node.is_object() && !node.empty()) {
                // A value under another key of the same object.
                auto entry = std::next(node.begin(), static_cast<std::ptrdiff_t>(random() % node.size()));
                *entry = *std::next(node.begin(), static_cast<std::ptrdiff_t>(random() % node.size()));
            }
    }
}

}  // namespace

std::size_t mutate_json(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
    std::mt19937 random(seed);
    Json document = Json::parse(data, data + size, nullptr, false);
    if (!document.is_discarded() && random() % 8 != 0) {
        for (auto changes = 1 + random() % 3; changes > 0; --changes) change(document, random);
        const std::string text = document.dump(-1, ' ', false, Json::error_handler_t::replace);
        if (text.size() <= most) {
            std::memcpy(data, text.data(), text.size());
            return text.size();
        }
    }
    return LLVMFuzzerMutate != nullptr ? LLVMFuzzerMutate(data, size, most) : size;
}

}  // namespace morpharena::fuzz
