#include <fmt/format.h>
#include <unistd.h>

#include <functional>
#include <memory>

#include "tools/cli.h"
#include "tools/condition_options.h"
#include "tools/exit_code.h"
#include "tools/first_problem.h"
#include "tools/json_place.h"
#include "tools/mode_option.h"
#include "tools/printable.h"
#include "tools/profile_diff.h"
#include "tools/profile_exports.h"
#include "tools/profile_files.h"
#include "tools/profile_json.h"
#include "tools/profile_run.h"
#include "tools/profile_table.h"
#include "tools/profile_verdict.h"
#include "tools/size_text.h"
#include "tools/standard_streams.h"
#include "tools/table.h"

namespace morpharena::tool {
namespace fs = std::filesystem;
namespace {

struct ProfileOptions {
    std::vector<std::string> what;
    ProfileRunOptions run;
    std::string by = "site";
    std::string sort = "own";
    std::string top = "20";
    std::string value = "bytes";
    std::string json, pprof, folded, dhat;
};

// The files that were asked for, tried out before anything runs.
class Outputs {
  public:
    explicit Outputs(const ProfileOptions& options) : value_(profile_value_named(options.value)) {
        add("--json", options.json, [](const ProfileDocument& from) { return text_of(from.json()); });
        add("--pprof", options.pprof,
            [](const ProfileDocument& from) { return pprof_profile(from.profile, from.command()); });
        add("--folded", options.folded,
            [this](const ProfileDocument& from) { return folded_stacks(from.profile, value_); });
        add("--dhat", options.dhat,
            [](const ProfileDocument& from) { return dhat_profile(from.profile, from.command()); });
    }
    bool on_stdout() const { return !on_stdout_.empty(); }
    // Prints `table` to `to` and writes every file, whatever becomes of the others. BadInput for the first
    // that failed.
    void deliver_with(const std::string& table, std::FILE* to, const ProfileDocument& from) const {
        FirstProblem problem;
        problem.attempt([&] { print_text(table, to); });
        for (const auto& output : files_) {
            problem.attempt([&] { output.first->write(output.second(from)); });
        }
        problem.tell();
    }

  private:
    using Render = std::function<std::string(const ProfileDocument&)>;
    void add(const std::string& option, const std::string& path, Render text) {
        if (path.empty()) return;
        if (path == "-") {
            if (on_stdout()) {
                throw BadInput(
                    fmt::format("{} and {} both write to stdout; right is a file name for one of them",
                                on_stdout_, option));
            }
            on_stdout_ = option;
        }
        files_.emplace_back(std::make_unique<OutputFile>(path, option), std::move(text));
    }

    ProfileValue value_;
    std::string on_stdout_;
    std::vector<std::pair<std::unique_ptr<OutputFile>, Render>> files_;
};

std::size_t parse_top(const std::string& text) {
    const auto count = parse_count(text);
    if (!count || *count == 0)
        throw BadInput(fmt::format("--top {}: right is a number from 1", printable(text)));
    return static_cast<std::size_t>(*count);
}

ProfileView view_of(const ProfileOptions& options) {
    return {profile_by_named(options.by), profile_sort_named(options.sort), parse_top(options.top),
            options.run.tree};
}

int profile_command(const ProfileOptions& options, const Invocation& invocation) {
    require_command(invocation, "profile");
    require_replaceable_malloc(invocation, "profile");
    const ProfileView view = view_of(options);
    const Outputs outputs(options);
    const ProfileRun run = run_profiled(options.run, invocation.command);
    std::string text = run.head + profile_text(run.document.profile, view, wants_colour(STDERR_FILENO));
    for (const Damage& damage : run.damaged) text += damage + "\n";
    outputs.deliver_with(text, stderr, run.document);
    return run.exit_code;
}

int profile_existing(const ProfileOptions& options) {
    if (options.what.size() > 1) {
        throw BadInput(fmt::format("profile: {} is one too many; right is one run directory or JSON file",
                                   printable(options.what[1])));
    }
    const ProfileView view = view_of(options);
    const Outputs outputs(options);
    std::vector<Damage> damaged;
    const ProfileDocument document = read_profile_document(options.what.front(), damaged);
    outputs.deliver_with(
        outputs.on_stdout() ? "" : profile_text(document.profile, view, wants_colour(STDOUT_FILENO)), stdout,
        document);
    for (const Damage& damage : damaged) write_to_stderr(fmt::format("morpharena: {}\n", damage));
    return damaged.empty() ? kOk : kBadInput;
}

int profile_diff(const ProfileOptions& options) {
    if (options.what.size() != 3) {
        throw BadInput(
            "profile diff: right is two profiles, each a run directory or a JSON file: profile diff A B");
    }
    const ProfileView view = view_of(options);
    const auto json = options.json.empty() ? nullptr : std::make_unique<OutputFile>(options.json);
    for (const auto& [name, given] :
         {std::pair("--pprof", &options.pprof), {"--folded", &options.folded}, {"--dhat", &options.dhat}}) {
        if (!given->empty())
            throw BadInput(fmt::format("{} {}: of one profile, not of two", name, printable(*given)));
    }
    std::vector<Damage> damaged;
    const ProfileDocument before = read_profile_document(options.what[1], damaged);
    const ProfileDocument after = read_profile_document(options.what[2], damaged);
    const auto changes = profile_changes(before.profile, after.profile, view.by, view.sort);
    const ProfileChange total = total_change(before.profile, after.profile, view.sort);
    std::string text = diff_text(changes, total, view.sort, view.top, wants_colour(STDOUT_FILENO));
    if (const std::string note = interval_note(before.profile, after.profile); !note.empty()) {
        text += wrapped(note, 98, 0) + "\n";
    }
    const bool json_alone = json && json->is_stdout();
    deliver(json_alone ? "" : text, stdout, json.get(), [&] {
        Json document = document_head("morpharena.profile_diff", kProfileSchemaVersion);
        document.update({{"by", options.by}, {"figure", options.sort}, {"total", json_of(total)}});
        document["changes"] = Json::array();
        for (const ProfileChange& change : changes) document["changes"].push_back(json_of(change));
        return text_of(document);
    });
    for (const Damage& damage : damaged) write_to_stderr(fmt::format("morpharena: {}\n", damage));
    return damaged.empty() ? kOk : kBadInput;
}

int profile(const CLI::App& sub, const ProfileOptions& options, const Invocation& invocation) {
    if (!options.what.empty() && invocation.has_separator) {
        throw BadInput(
            fmt::format("profile: {} and a command; right is one of them", printable(options.what[0])));
    }
    if (options.what.empty()) return profile_command(options, invocation);
    for (const char* name : {"--mode", "--memory", "--limit-by", "--linger", "--run-dir", "--interval"}) {
        const CLI::Option* option = sub.get_option_no_throw(name);
        if (option != nullptr && option->count() != 0) {
            throw BadInput(fmt::format("profile {}: of a run; right is with -- and a command", name));
        }
    }
    return options.what.front() == "diff" ? profile_diff(options) : profile_existing(options);
}

}  // namespace

void add_profile(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<ProfileOptions>();
    CLI::App* sub = app.add_subcommand("profile", "who allocates: call sites over the whole tree");
    set_usage(*sub,
              "morpharena profile [OPTIONS] -- COMMAND [ARGUMENTS]\n"
              "       morpharena profile [OPTIONS] DIRECTORY|FILE.json\n"
              "       morpharena profile diff [OPTIONS] DIRECTORY|FILE.json DIRECTORY|FILE.json");
    sub->add_option("what", options->what,
                    "a run directory, or what --json kept; or diff and two of them: what changed");
    add_profile_run_options(*sub, options->run);
    sub->add_option("--by", options->by, "rows of the table: site, module or process (default site)");
    sub->add_option("--sort", options->sort,
                    "the figure that orders the rows, and that diff compares: own, cumulative, peak or young "
                    "(default own)");
    sub->add_option("--top", options->top, "how many rows (default 20)");
    sub->add_option(
        "--json", options->json,
        "write the whole profile as JSON to this file, - for stdout; profile, diff and report read it");
    sub->add_option(
        "--pprof", options->pprof,
        "write it for go tool pprof, speedscope and Pyroscope (profile.proto, gzip), - for stdout");
    sub->add_option("--folded", options->folded,
                    "write folded stacks for flamegraph.pl, inferno and speedscope, - for stdout");
    sub->add_option("--value", options->value,
                    fmt::format("the figure of folded stacks: {} (default bytes)", profile_value_names()));
    sub->add_option("--dhat", options->dhat, "write it for valgrind's dh_view.html (JSON), - for stdout");
    sub->footer(
        std::string("A site is the function that asked, without xmalloc, operator new and their kind. ") +
        kVerdictRule +
        "\nNames come from the files that ran, their debug information (/usr/lib/debug, .gnu_debuglink, "
        "debuginfod where DEBUGINFOD_URLS is set), else their symbol tables; a file that has changed since "
        "is not asked. The command's own input and output are left alone; the table goes to stderr. A page "
        "with a flame graph: morpharena report FILE.json --html PAGE.");
    sub->callback([options, sub, &invocation] {
        invocation.action = [options, sub, &invocation] { return profile(*sub, *options, invocation); };
    });
}

}  // namespace morpharena::tool
