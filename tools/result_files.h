// Where a result goes beside the terminal: --json, --markdown, --csv, --trace-events. All are made of one
// document.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tools/json_parts.h"
#include "tools/output_file.h"

namespace morpharena::tool {

enum class ResultFormat { json, markdown, csv, html, trace_events };

// What the words say: a format and a file name, "-" for stdout.
struct ResultOptions {
    struct Choice {
        ResultFormat format;
        CLI::Option* option;
        std::string path;
    };
    std::vector<std::unique_ptr<Choice>> choices;
};

// --json FILE, --markdown [FILE], --csv [FILE], --trace-events FILE: without a file name, stdout.
void add_result_options(CLI::App& sub, ResultOptions& options);
// For `report`: --markdown, --csv, --html, --trace-events.
void add_report_options(CLI::App& sub, ResultOptions& options);

// The files of the choices that were made, tried out before anything is measured.
class ResultFiles {
  public:
    // BadInput when one cannot be written, or two want stdout.
    explicit ResultFiles(const ResultOptions& options);

    bool empty() const { return files_.empty(); }
    bool wants(ResultFormat format) const;
    // True when one goes to stdout, where it must be alone.
    bool on_stdout() const;
    // Writes all of them; `json` is asked once. BadInput for the first that fails, when the others are
    // written.
    void write(const std::function<std::string()>& json) const;
    // The same from a document that was read; `name` is what complaints call it.
    void write(const Json& document, const std::string& name) const;

  private:
    void write_each(const std::function<std::string(ResultFormat)>& text) const;

    struct Entry {
        ResultFormat format;
        OutputFile file;
    };
    std::vector<Entry> files_;
};

// Prints `table` to `to`, and writes the files, even when the table's reader has gone. BadInput when either
// fails.
void deliver(const std::string& table, std::FILE* to, const ResultFiles& files,
             const std::function<std::string()>& json);

}  // namespace morpharena::tool
