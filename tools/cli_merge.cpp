#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "tools/cli.h"
#include "tools/exit_code.h"
#include "tools/merge.h"
#include "tools/output_file.h"
#include "tools/standard_streams.h"
#include "tools/table.h"

namespace morpharena::tool {
namespace {

struct MergeOptions {
    std::vector<std::string> files;
    std::string json;
};

int merge(const MergeOptions& options) {
    if (options.files.empty()) {
        throw BadInput("merge: nothing to merge; right is a list of files that --jsonl appended to");
    }
    const auto json = options.json.empty() ? nullptr : std::make_unique<OutputFile>(options.json);
    Merger merger;
    for (const std::string& file : options.files) merger.add_file(file);
    const Merged merged = std::move(merger).finish();
    const bool json_alone = json && json->is_stdout();
    deliver(json_alone ? "" : merged_text(merged, wants_colour(STDOUT_FILENO)), stdout, json.get(),
            [&] { return text_of(merged_document(merged)); });
    constexpr std::size_t kMostDamage = 10;  // a file that is not one of lines has a complaint for each
    const std::size_t shown = std::min(merged.damage.size(), kMostDamage);
    for (std::size_t i = 0; i < shown; ++i) {
        write_to_stderr(fmt::format("morpharena: {}\n", merged.damage[i]));
    }
    if (shown < merged.damage.size()) {
        write_to_stderr(
            fmt::format("morpharena: and {} more lines (all with --json)\n", merged.damage.size() - shown));
    }
    return merged.damage.empty() ? kOk : kBadInput;
}

}  // namespace

void add_merge(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<MergeOptions>();
    CLI::App* sub =
        app.add_subcommand("merge", "join the results of a campaign: many commands, many machines");
    set_usage(*sub, "morpharena merge [OPTIONS] FILE.jsonl...");
    sub->add_option("files", options->files, "files of JSON lines, as --jsonl writes them");
    sub->add_option("--json", options->json, "write the whole as JSON to this file, - for stdout");
    sub->footer(
        "Runs are paired only within the line that holds them, so never across machines. Of a title measured "
        "more "
        "than once, the interval is Student's with the spread within the lines, each with a level of its "
        "own; over "
        "titles it is Student's over their ratios. Lines that are cut or not ours are named on stderr, and "
        "the exit "
        "status is 2.");
    sub->callback([options, &invocation] {
        if (invocation.has_separator) {
            options->files.insert(options->files.end(), invocation.command.begin(), invocation.command.end());
        }
        invocation.action = [options] { return merge(*options); };
    });
}

}  // namespace morpharena::tool
