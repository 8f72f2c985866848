// The environment -> Config, and the words of the command line that the command itself takes apart. An input
// is entries of an environment, NUL between them; each is also given to the command's parsers.
#include <limits.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/align.h"
#include "core/config/config.h"
#include "tests/fuzz/expect.h"
#include "tests/fuzz/refusal.h"
#include "tools/allocators.h"
#include "tools/condition_options.h"
#include "tools/oom_log.h"
#include "tools/parameters.h"
#include "tools/printable.h"
#include "tools/process_tree.h"
#include "tools/size_text.h"

namespace morpharena::fuzz {
namespace {

void check(const Config& config) {
    EXPECT_THAT(!name_of(config.mode.value).empty() && !name_of(config.thp.value).empty(),
                "a name is missing");
    const std::size_t block = config.block_size.value;
    EXPECT_THAT(is_power_of_two(block) && block >= kSmallestBlock && block <= kLargestBlock, "%zu", block);
    const BudgetOption& budget = config.budget;
    EXPECT_THAT((budget.value != 0) != (budget.percent != 0) && budget.percent <= 100, "%u %%",
                budget.percent);
    for (const int number : {config.dump_signal.value, config.reset_signal.value}) {
        EXPECT_THAT(number >= 0 && number <= 64 && number != 9 && number != 19, "signal %d", number);
    }
    for (const PathOption* path : {&config.stats, &config.run_dir}) {
        EXPECT_THAT(path->view().size() < path->value.size(), "a path without an end");
    }
}

void check(const Complaints& complaints) {
    const std::string_view text = complaints.view();
    EXPECT_THAT(text.empty() || text.back() == '\n', "the last complaint is not a line");
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        EXPECT_THAT((byte >= 0x20 && byte != 0x7f) || c == '\n', "a control character %d in a complaint",
                    byte);
    }
}

void check_words(const std::string& text) {
    // One size, two readers: the library's knows no T, the command's no more than that beyond it.
    SizeOption size;
    const auto bytes = tool::parse_size(text);
    if (size.parse(text)) EXPECT_THAT(bytes == size.value, "%s", text.c_str());
    if (bytes && !text.ends_with('T') && !text.ends_with('t'))
        EXPECT_THAT(size.parse(text), "%s", text.c_str());
    refuse_or_take(
        [&] { EXPECT_THAT(tool::parse_seconds("--linger", text).count() >= 0, "%s", text.c_str()); });
    refuse_or_take([&] { EXPECT_THAT(tool::parse_bytes("--memory", text) >= 1u << 20, "%s", text.c_str()); });
    refuse_or_take([&] {
        const tool::Parameter parameter = tool::parse_parameter("--param", text, {"{n}", "{name}"});
        EXPECT_THAT(!parameter.values.empty(), "%s", text.c_str());
        EXPECT_THAT(tool::settings_of({parameter, parameter}).size() ==
                        parameter.values.size() * parameter.values.size(),
                    "%s", text.c_str());
    });
    refuse_or_take([&] { EXPECT_THAT(!tool::split_list(text).empty(), "%s", text.c_str()); });
    refuse_or_take([&] { tool::parse_conditions({text, "cgroup", "on", "5"}); });
    refuse_or_take([&] { tool::parse_conditions({"", text, text, text}); });
    tool::parse_stat(text);
    tool::oom_victims(text, "morpharena", 1);
    tool::shell_word(text);
    EXPECT_THAT(tool::display_width(tool::fit(tool::printable(text), 20)) <= 20, "%s", text.c_str());
    tool::wrapped(text, 30, 4);
}

}  // namespace
}  // namespace morpharena::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace morpharena;
    std::vector<std::string> entries;
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    while (!rest.empty()) {
        entries.emplace_back(rest.substr(0, rest.find('\0')));
        rest.remove_prefix(std::min(rest.size(), entries.back().size() + 1));
    }
    std::vector<char*> environment;
    for (std::string& entry : entries) environment.push_back(entry.data());
    environment.push_back(nullptr);
    Config config{};
    Complaints complaints;
    read_config(environment.data(), config, complaints);
    fuzz::check(config);
    fuzz::check(complaints);
    for (const std::string& entry : entries) fuzz::check_words(entry);
    return 0;
}
