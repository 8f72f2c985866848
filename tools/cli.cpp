#include "tools/cli.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <sstream>
#include <string_view>

#include "tools/exit_code.h"
#include "tools/first_problem.h"
#include "tools/printable.h"
#include "tools/program_file.h"
#include "tools/standard_streams.h"

namespace morpharena::tool {
namespace {

constexpr const char* kDescription =
    "morpharena: what would another memory allocator do to this build?\n"
    "It runs an unmodified command, and everything that the command starts, under an allocator of your\n"
    "choice (by LD_PRELOAD) and shows what that did to time and memory.";

constexpr const char* kFooter =
    "Examples:\n"
    "  morpharena compare -- gcc -O2 -c big.c           every allocator installed here, side by side\n"
    "  morpharena compare --memory 8G -- make -B        the same on a machine of 8 GiB: who survives?\n"
    "  morpharena compare --until 2 --same-output a.o -- gcc -c a.c    until the interval is narrow\n"
    "  morpharena predict -- make -B                    would an arena fit? one ordinary run tells\n"
    "  morpharena frontier -- make -B                   the smallest memory that each one survives in\n"
    "  morpharena run --tree -- n0 build prog.fox       one run in the arena: what each process held,\n"
    "                                                   and which of them the library does not reach\n"
    "  morpharena profile -- make -B                    who allocates: the call sites of the whole tree\n"
    "  morpharena stats DIR                             records that MORPHARENA_RUN_DIR=DIR collected\n"
    "  morpharena report result.json --html page.html   a web page of what --json kept\n"
    "  morpharena top -- make -j4                       the processes and their memory while they run\n"
    "  morpharena merge *.jsonl                         a campaign's results, joined\n"
    "  morpharena reset --run-dir DIR 1234              free memory of one that keeps its record there\n"
    "  morpharena doctor gcc                            what can be measured here, and of gcc\n"
    "\n"
    "How to read a comparison: a ratio of 0.950 is 5 % less than the first allocator; ~ means that no\n"
    "difference was shown; the interval holds the true ratio in 95 of 100 such comparisons.\n"
    "\n"
    "Exit status: 0 all went well; 1 the measured command failed; 2 wrong usage, or something that was\n"
    "asked for cannot be had here; 3 the kernel's OOM killer ended a process of the command;\n"
    "130 interrupted (the command's processes are ended, finished runs are reported).\n"
    "'morpharena SUBCOMMAND --help' tells more.";

int complain(std::string_view what) {
    write_to_stderr(fmt::format("morpharena: {}\n", what));
    return kBadInput;
}

// CLI11's own messages name the token, but not what would be right.
std::string explain(const CLI::ParseError& error, const std::vector<std::string>& words) {
    std::string text = printable(error.what());
    if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
        const std::string token = words.empty() ? "--" : printable(words.front());
        return fmt::format(
            "{}: no such subcommand; right is one of compare, frontier, run, predict, profile, top, stats, "
            "report, merge, doctor, reset (see --help)",
            token);
    }
    return text + " (see --help)";
}

// What --help or --version asked for.
int tell(const CLI::App& app, const CLI::Success& asked) {
    std::ostringstream text;
    app.exit(asked, text, text);
    try {
        print_text(text.str(), stdout);
    } catch (const BadInput& error) {
        return complain(error.what());
    }
    return kOk;
}

// Most likely an unset variable of a script's: --memory "$LIMIT" must not run without a limit.
void refuse_empty_values(const CLI::App& sub) {
    for (const CLI::Option* option : sub.get_options()) {
        const auto& values = option->results();
        const bool optional = option->get_items_expected_min() == 0;  // as of --markdown
        if (optional || std::find(values.begin(), values.end(), "") == values.end()) continue;
        throw BadInput(fmt::format("{}: an empty value; right is: {}", option->get_name(false, true),
                                   option->get_description()));
    }
}

constexpr std::size_t kHelpColumn = 24;
constexpr std::size_t kHelpWidth = 100;

// CLI11 makes up a usage line that knows nothing of `--`.
class UsageFormatter : public CLI::Formatter {
  public:
    explicit UsageFormatter(std::string usage) : usage_(std::move(usage)) { column_width(kHelpColumn); }
    std::string make_option_desc(const CLI::Option* option) const override {
        return wrapped(option->get_description(), kHelpWidth - kHelpColumn, 0);
    }
    std::string make_option_opts(const CLI::Option* option) const override {
        return option->get_items_expected_max() == 0 ? "" : " VALUE";
    }
    std::string make_footer(const CLI::App* app) const override {
        return wrapped(app->get_footer(), kHelpWidth, 0) + "\n";
    }
    std::string make_subcommand(const CLI::App* sub) const override {
        std::string name = "  " + sub->get_name();
        name.resize(std::max(name.size() + 1, kHelpColumn), ' ');
        return name + wrapped(sub->get_description(), kHelpWidth, kHelpColumn) + "\n";
    }
    std::string make_usage(const CLI::App*, std::string) const override { return "Usage: " + usage_ + "\n"; }

  private:
    std::string usage_;
};

// CLI11 would list them backwards.
void refuse_extras(const CLI::App& sub) {
    const std::vector<std::string> extras = sub.remaining();
    if (extras.empty()) return;
    const bool takes_paths =
        sub.get_option_no_throw("paths") != nullptr || sub.get_option_no_throw("file") != nullptr;
    const bool takes_pids = sub.get_option_no_throw("pids") != nullptr;
    const char* right = takes_pids    ? "right is an option or a process id"
                        : takes_paths ? "right is an option or a path"
                                      : "right is an option, or -- and then the command";
    throw BadInput(fmt::format("{}: not expected by {}; {} (see {} --help)", printable(extras.front()),
                               sub.get_name(), right, sub.get_name()));
}

void split_at_separator(int argc, char** argv, std::vector<std::string>& front, Invocation& invocation) {
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        if (invocation.has_separator) {
            invocation.command.push_back(word);
        } else if (word == "--") {
            invocation.has_separator = true;
        } else {
            front.push_back(word);
        }
    }
}

}  // namespace

void set_usage(CLI::App& sub, const std::string& usage) {
    sub.formatter(std::make_shared<UsageFormatter>(usage));
}

void build_app(CLI::App& app, Invocation& invocation) {
    app.description(kDescription);
    app.footer(kFooter);
    app.set_version_flag("--version", "morpharena " MORPHARENA_VERSION);
    app.require_subcommand(1);
    app.allow_extras();  // a subcommand inherits it; refuse_extras says what is wrong with them
    set_usage(
        app,
        "morpharena compare|frontier|run|predict|profile|top [OPTIONS] -- COMMAND [ARGUMENTS]\n"
        "       morpharena report FILE.json [OPTIONS]\n       morpharena stats [OPTIONS] DIRECTORY\n"
        "       morpharena merge [OPTIONS] FILE.jsonl...\n       morpharena doctor [OPTIONS] [COMMAND]\n"
        "       morpharena reset [OPTIONS] PID...");
    add_run(app, invocation);
    add_compare(app, invocation);
    add_frontier(app, invocation);
    add_predict(app, invocation);
    add_profile(app, invocation);
    add_merge(app, invocation);
    add_doctor(app, invocation);
    add_stats(app, invocation);
    add_report(app, invocation);
    add_top(app, invocation);
    add_reset(app, invocation);
}

int command_line(int argc, char** argv) {
    Invocation invocation;
    std::vector<std::string> words;
    split_at_separator(argc, argv, words, invocation);

    CLI::App app("", kProgramName);
    build_app(app, invocation);
    if (argc <= 1) {
        write_to_stderr(app.help());
        return kBadInput;
    }
    try {
        std::vector<std::string> reversed(words.rbegin(), words.rend());  // as CLI11 wants a vector
        app.parse(reversed);
        refuse_extras(*app.get_subcommands().front());
        refuse_empty_values(*app.get_subcommands().front());
        return invocation.action();
    } catch (const CLI::Success& asked) {
        return tell(app, asked);
    } catch (const CLI::ParseError& error) {
        return complain(explain(error, words));
    } catch (const std::exception& error) {
        return complain(error.what());
    }
}

void require_command(const Invocation& invocation, const char* subcommand) {
    if (invocation.command.empty() || invocation.command.front().empty()) {
        throw BadInput(
            fmt::format("{}: no command to run; it stands behind --, as in: morpharena {} -- gcc -c big.c",
                        subcommand, subcommand));
    }
}

void require_replaceable_malloc(const Invocation& invocation, const char* subcommand) {
    const std::string& word = invocation.command.front();
    const std::string sanitizer = needed_sanitizer(word);
    if (sanitizer.empty()) return;
    throw BadInput(fmt::format(
        "{}: {} needs {}, whose malloc cannot be exchanged; built without the sanitizer it could be",
        subcommand, printable(word), printable(sanitizer)));
}

void deliver(const std::string& table, std::FILE* to, const OutputFile* json,
             const std::function<std::string()>& document) {
    FirstProblem problem;
    problem.attempt([&] { print_text(table, to); });
    if (json != nullptr) problem.attempt([&] { json->write(document()); });
    problem.tell();
}

std::string preload_note() {
    const char* preload = std::getenv("LD_PRELOAD");
    if (preload == nullptr || *preload == '\0') return {};
    return fmt::format("morpharena: note: LD_PRELOAD holds {} already; it stays loaded in every run\n",
                       printable(preload));
}

}  // namespace morpharena::tool
