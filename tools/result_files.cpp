#include "tools/result_files.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/exit_code.h"
#include "tools/first_problem.h"
#include "tools/report_html.h"
#include "tools/report_text.h"
#include "tools/standard_streams.h"
#include "tools/trace_events.h"

namespace morpharena::tool {
namespace {

void add(CLI::App& sub, ResultOptions& options, ResultFormat format, const char* name, bool needs_file,
         const std::string& help) {
    auto choice = std::make_unique<ResultOptions::Choice>();
    choice->format = format;
    choice->option = sub.add_option(name, choice->path, help);
    if (!needs_file) choice->option->expected(0, 1);
    options.choices.push_back(std::move(choice));
}

std::string rendered(ResultFormat format, const Json& document, const std::string& name) {
    if (format == ResultFormat::json) return text_of(document);
    if (format == ResultFormat::trace_events) return trace_events(document, name);
    const auto reports = reports_from(document, name);
    switch (format) {
        case ResultFormat::markdown:
            return markdown_report(reports);
        case ResultFormat::csv:
            return csv_report(reports);
        default:
            return html_report(reports);
    }
}

}  // namespace

void add_result_options(CLI::App& sub, ResultOptions& options) {
    add(sub, options, ResultFormat::json, "--json", true,
        "write every run and the result as JSON to this file, - for stdout; morpharena report reads it");
    add(sub, options, ResultFormat::markdown, "--markdown", false,
        "write the tables as Markdown to this file, or to stdout when no file is named");
    add(sub, options, ResultFormat::csv, "--csv", false,
        "write every figure as CSV to this file, or to stdout when no file is named");
    add(sub, options, ResultFormat::trace_events, "--trace-events", true,
        "write the processes and their memory over time as Chrome trace events to this file (ui.perfetto.dev "
        "and profiler.firefox.com open it)");
}

void add_report_options(CLI::App& sub, ResultOptions& options) {
    add(sub, options, ResultFormat::markdown, "--markdown", false,
        "Markdown, to this file, or to stdout when no file is named");
    add(sub, options, ResultFormat::csv, "--csv", false,
        "CSV, one figure a row, to this file, or to stdout when no file is named");
    add(sub, options, ResultFormat::html, "--html", true,
        "one HTML page that needs nothing else, to this file, - for stdout");
    add(sub, options, ResultFormat::trace_events, "--trace-events", true,
        "Chrome trace events, to this file, - for stdout (ui.perfetto.dev and profiler.firefox.com open it)");
}

ResultFiles::ResultFiles(const ResultOptions& options) {
    const CLI::Option* on_stdout = nullptr;
    for (const auto& choice : options.choices) {
        if (choice->option->count() == 0) continue;
        const bool unnamed = choice->path.empty() && choice->option->get_items_expected_min() == 0;
        const std::string path = unnamed ? "-" : choice->path;
        if (path == "-") {
            if (on_stdout != nullptr) {
                throw BadInput(
                    fmt::format("{} and {} both write to stdout; right is a file name for one of them",
                                on_stdout->get_name(), choice->option->get_name()));
            }
            on_stdout = choice->option;
        }
        files_.push_back({choice->format, OutputFile(path, choice->option->get_name())});
    }
}

bool ResultFiles::wants(ResultFormat format) const {
    return std::any_of(files_.begin(), files_.end(), [&](const Entry& one) { return one.format == format; });
}

bool ResultFiles::on_stdout() const {
    return std::any_of(files_.begin(), files_.end(), [](const Entry& one) { return one.file.is_stdout(); });
}

void ResultFiles::write_each(const std::function<std::string(ResultFormat)>& text) const {
    FirstProblem problem;
    for (const Entry& entry : files_) problem.attempt([&] { entry.file.write(text(entry.format)); });
    problem.tell();
}

void ResultFiles::write(const std::function<std::string()>& json) const {
    if (files_.empty()) return;
    const std::string text = json();
    const bool rendering = std::any_of(files_.begin(), files_.end(),
                                       [](const Entry& one) { return one.format != ResultFormat::json; });
    const Json document = rendering ? Json::parse(text) : Json();
    write_each([&](ResultFormat format) {
        return format == ResultFormat::json ? text : rendered(format, document, "the result");
    });
}

void ResultFiles::write(const Json& document, const std::string& name) const {
    write_each([&](ResultFormat format) { return rendered(format, document, name); });
}

void deliver(const std::string& table, std::FILE* to, const ResultFiles& files,
             const std::function<std::string()>& json) {
    FirstProblem problem;
    problem.attempt([&] { print_text(table, to); });
    problem.attempt([&] { files.write(json); });
    problem.tell();
}

}  // namespace morpharena::tool
