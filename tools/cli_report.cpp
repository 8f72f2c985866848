#include <fmt/format.h>
#include <unistd.h>

#include <memory>

#include "tools/cli.h"
#include "tools/exit_code.h"
#include "tools/printable.h"
#include "tools/report_terminal.h"
#include "tools/result_files.h"
#include "tools/table.h"

namespace morpharena::tool {
namespace {

struct ReportOptions {
    std::vector<std::string> files;
    ResultOptions results;
};

int report(const ReportOptions& options) {
    if (options.files.size() != 1) {
        throw BadInput(fmt::format(
            "report: {}; right is one file that run, compare or frontier wrote with --json, "
            "in front of the options: morpharena report FILE.json --html OUT.html",
            options.files.empty() ? "no file to read" : printable(options.files[1]) + " is one too many"));
    }
    const ResultFiles results(options.results);
    const std::string& path = options.files.front();
    const Json document = read_document(path);
    if (results.empty()) {
        deliver(terminal_report(reports_from(document, path), wants_colour(STDOUT_FILENO)), stdout, results,
                {});
    }
    results.write(document, path);
    return kOk;
}

}  // namespace

void add_report(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<ReportOptions>();
    CLI::App* sub =
        app.add_subcommand("report", "a result that --json kept, as a table, Markdown, CSV or a web page");
    set_usage(*sub, "morpharena report FILE.json [OPTIONS]");
    sub->add_option("file", options->files, "what run, compare or frontier wrote with --json, - for stdin");
    add_report_options(*sub, options->results);
    sub->footer(
        "Without an option the table is shown. The page needs no network, no scripts and no other file; it "
        "holds "
        "the figures with their intervals, memory over time by process, the size histogram, the outcomes and "
        "the environment.");
    sub->callback([options, &invocation] {
        if (invocation.has_separator) {
            options->files.insert(options->files.end(), invocation.command.begin(), invocation.command.end());
        }
        invocation.action = [options] { return report(*options); };
    });
}

}  // namespace morpharena::tool
