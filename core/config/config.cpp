#include "core/config/config.h"

#include <array>

namespace morpharena {

namespace {

// Names and values are somebody's text: a line feed in one must not begin a second complaint, nor an escape
// reach a terminal.
Text& add_harmless(Text& line, std::string_view text) {
    for (const char character : text) {
        const auto byte = static_cast<unsigned char>(character);
        line.add(byte < 0x20 || byte == 0x7f ? '?' : character);
    }
    return line;
}

}  // namespace

void Complaints::add(std::string_view subject, std::string_view token, std::string_view expected) {
    constexpr std::size_t kLongestToken = 200;
    std::array<char, 512> buffer;
    Text line(std::span(buffer.data(), buffer.size() - 1));
    add_harmless(line, subject).add(": '");
    const std::size_t shown = token.size() < kLongestToken ? token.size() : kLongestToken;
    add_harmless(line, {token.data(), shown});
    line.add(shown < token.size() ? "...' " : "' ").add(expected);
    append({buffer.data(), line.view().size()});
}

void Complaints::append(std::string_view line) {
    constexpr std::string_view kMore = "(more complaints did not fit)";
    const std::size_t kept_free = kMore.size() + 1;
    if (full_) return;
    full_ = used_ + line.size() + 1 + kept_free > buffer_.size();
    for (const char character : full_ ? kMore : line) buffer_[used_++] = character;
    buffer_[used_++] = '\n';
}

namespace {

constexpr std::string_view kPrefix = "MORPHARENA_";

// Variables that belong to the command or to a build of this project, not to the library.
constexpr std::string_view kNotOurs[] = {"LIBRARY"};

struct Variable {
    std::string_view name;  // without the prefix
    std::string_view value;
};

bool split(const char* entry, Variable& variable) {
    // Most are not ours, and some are long: their ends are not looked for.
    for (std::size_t i = 0; i < kPrefix.size(); ++i) {
        if (entry[i] != kPrefix[i]) return false;
    }
    const std::string_view text(entry);
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) return false;
    variable.name = {text.data() + kPrefix.size(), equals - kPrefix.size()};
    variable.value = {text.data() + equals + 1, text.size() - equals - 1};
    return !variable.value.empty();
}

bool belongs_elsewhere(std::string_view name) {
    for (const std::string_view other : kNotOurs) {
        if (name == other) return true;
    }
    return false;
}

// Which rows have been given a value; the first of two variables of one name counts.
struct Given {
#define OPTION(field, NAME, Type, default_text, allowed, help) bool field = false;
#include "core/config/options.def"
#undef OPTION
};

void complain(Complaints& complaints, const Variable& variable, std::string_view expected) {
    std::array<char, 128> buffer;
    Text subject(buffer);
    subject.add(kPrefix).add(variable.name);
    complaints.add(subject.view(), variable.value, expected);
}

void take(const Variable& variable, Config& config, Given& given, Complaints& complaints) {
#define OPTION(field, NAME, Type, default_text, allowed, help)                                          \
    if (variable.name == #NAME) {                                                                       \
        if (!given.field && !config.field.parse(variable.value)) {                                      \
            complain(complaints, variable, "is not allowed; " allowed " would be; the default serves"); \
        }                                                                                               \
        given.field = true;                                                                             \
        return;                                                                                         \
    }
#include "core/config/options.def"
#undef OPTION
    if (!belongs_elsewhere(variable.name)) {
        complain(complaints, variable, "is set, but there is no such option");
    }
}

}  // namespace

void read_config(char* const* environment, Config& config, Complaints& complaints) {
#define OPTION(field, NAME, Type, default_text, allowed, help) config.field.parse(default_text);
#include "core/config/options.def"
#undef OPTION
    Given given;
    for (; environment != nullptr && *environment != nullptr; ++environment) {
        Variable variable;
        if (split(*environment, variable)) take(variable, config, given, complaints);
    }
}

}  // namespace morpharena
