#include "bench/workloads/arguments.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace morpharena::bench {
namespace {

// `text` as a whole number from 1 to `most`.
bool parse_number(const char* option, const char* text, std::size_t most, std::size_t& number) {
    char* end = nullptr;
    errno = 0;
    const unsigned long long value = text == nullptr ? 0 : std::strtoull(text, &end, 10);
    if (text != nullptr && text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && value >= 1 &&
        value <= most) {
        number = value;
        return true;
    }
    std::fprintf(stderr, "workload: %s %s: right is a whole number from 1 to %zu\n", option,
                 text == nullptr ? "(nothing)" : text, most);
    return false;
}

bool parse_number(const char* option, const char* text, unsigned most, unsigned& number) {
    std::size_t value = 0;
    if (!parse_number(option, text, std::size_t{most}, value)) return false;
    number = static_cast<unsigned>(value);
    return true;
}

}  // namespace

bool parse(int argc, char** argv, Arguments& arguments) {
    constexpr std::size_t kMost = 1'000'000'000;
    for (int i = 1; i < argc; ++i) {
        const char* word = argv[i];
        const auto is = [word](const char* option) { return std::strcmp(word, option) == 0; };
        // A further word belongs to the option; nullptr at the end, which no option takes for a value.
        const auto value = [&] { return ++i < argc ? argv[i] : nullptr; };
        bool good = true;
        if (is("--help") || is("-h")) {
            arguments.help = true;
        } else if (is("--count")) {
            good = parse_number(word, value(), kMost, arguments.count);
        } else if (is("--size")) {
            good = parse_number(word, value(), kMost, arguments.size);
        } else if (is("--threads")) {
            good = parse_number(word, value(), 1024U, arguments.threads);
        } else if (is("--warm")) {
            good = parse_number(word, value(), 10'000U, arguments.warm_rounds);
        } else if (is("--no-touch")) {
            arguments.touch = false;
        } else if (is("--no-reset")) {
            arguments.allow_reset = false;
        } else if (is("--json")) {
            arguments.json = value();
            good = arguments.json != nullptr;
            if (!good) std::fprintf(stderr, "workload: --json: a file name must follow\n");
        } else if (word[0] == '-' || arguments.name != nullptr) {
            std::fprintf(stderr, "workload: '%s' is not understood; --help lists what is\n", word);
            good = false;
        } else {
            arguments.name = word;
        }
        if (!good) return false;
    }
    return true;
}

}  // namespace morpharena::bench
