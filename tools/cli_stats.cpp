#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <set>

#include "tools/cli.h"
#include "tools/exit_code.h"
#include "tools/json_parts.h"
#include "tools/output_file.h"
#include "tools/printable.h"
#include "tools/process_table.h"
#include "tools/standard_streams.h"

namespace morpharena::tool {
namespace fs = std::filesystem;
namespace {

constexpr unsigned kSchemaVersion = 1;  // of morpharena.stats

struct StatsOptions {
    std::vector<std::string> paths;
    std::string json;
    bool full = false;
};

std::vector<fs::path> files_of(const std::vector<std::string>& paths) {
    if (paths.empty()) {
        throw BadInput(
            "stats: nothing to show; right is the directory that MORPHARENA_RUN_DIR named, or record files");
    }
    std::vector<fs::path> files;
    for (const std::string& path : paths) {
        std::error_code error;
        if (!fs::is_directory(path, error)) {
            // A link that the user names is meant; those found in a directory are not followed.
            const fs::path real = fs::canonical(path, error);
            files.emplace_back(error ? fs::path(path) : real);
            continue;
        }
        const std::vector<fs::path> found = record_files(path);
        if (found.empty()) {
            throw BadInput(
                fmt::format("{}: no record here (files named *{})", printable(path), kRecordSuffix));
        }
        files.insert(files.end(), found.begin(), found.end());
    }
    // A directory and a file in it, or the same one twice: each record once, in the order of the words.
    std::set<fs::path> seen;
    std::erase_if(files, [&](const fs::path& file) {
        std::error_code error;
        const fs::path folder = fs::canonical(fs::absolute(file).parent_path(), error);
        return !error && !seen.insert(folder / file.filename()).second;
    });
    return files;
}

std::string stats_text(const Records& records, bool full, bool colour) {
    if (records.processes.empty()) return {};
    if (!full) {
        return process_table(records.processes).text(colour) +
               "held: what an arena keeps until the end; used: asked / held; --full shows everything\n";
    }
    std::string text;
    for (const ProcessRecord& process : records.processes) {
        text += styled(printable(process.file.filename().string()), Style::heading, colour) + "\n";
        text += printable(full_report(process.file, false), true) + "\n";
    }
    return text;
}

int stats(const StatsOptions& options) {
    const auto json = options.json.empty() ? nullptr : std::make_unique<OutputFile>(options.json);
    const Records records = read_records(files_of(options.paths));
    const bool json_alone = json && json->is_stdout();
    deliver(json_alone ? "" : stats_text(records, options.full, wants_colour(STDOUT_FILENO)), stdout,
            json.get(), [&] {
                const Json head = {{"schema", "morpharena.stats"},
                                   {"version", kSchemaVersion},
                                   {"morpharena", MORPHARENA_VERSION},
                                   {"not_begun", records.not_begun},
                                   {"damaged", records.damaged}};
                return with_processes(head, records.processes);
            });
    for (const Damage& line : records.not_begun) write_to_stderr(fmt::format("morpharena: {}\n", line));
    for (const Damage& damage : records.damaged) write_to_stderr(fmt::format("morpharena: {}\n", damage));
    return records.damaged.empty() ? kOk : kBadInput;
}

}  // namespace

void add_stats(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<StatsOptions>();
    CLI::App* sub = app.add_subcommand("stats", "show the records that processes left in a run directory");
    set_usage(*sub, "morpharena stats [OPTIONS] DIRECTORY|FILE...");
    sub->add_option("paths", options->paths, "run directories, or single records");
    sub->add_option("--json", options->json,
                    "write all that the records say as JSON to this file, - for stdout");
    sub->add_flag("--full", options->full, "the whole report of each process instead of one row");
    sub->footer(
        "To collect records without this command: MORPHARENA_RUN_DIR=DIR "
        "LD_PRELOAD=/path/to/libmorpharena.so "
        "COMMAND. Damaged records are named on stderr, and the exit status is 2.");
    sub->callback([options, &invocation] {
        if (invocation.has_separator) {
            options->paths.insert(options->paths.end(), invocation.command.begin(), invocation.command.end());
        }
        invocation.action = [options] { return stats(*options); };
    });
}

}  // namespace morpharena::tool
