#include "tools/man_page.h"

#include <fmt/format.h>

#include <sstream>
#include <string_view>

namespace morpharena::tool {
namespace {

// Text as roff must have it: no line may begin with a dot or an apostrophe, and a minus is not a hyphen.
std::string roff(std::string_view text) {
    std::string out;
    bool line_begins = true;
    for (const char c : text) {
        if (line_begins && (c == '.' || c == '\'')) out += "\\&";
        line_begins = c == '\n';
        out += c == '\\' ? "\\e" : c == '-' ? "\\-" : std::string(1, c);
    }
    return out;
}

// Paragraphs: lines that are indented stay as they are, empty ones part.
std::string paragraphs(const std::string& text) {
    std::string out;
    bool kept = false;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const bool indented = line.starts_with("  ");
        if (indented != kept) out += indented ? ".PP\n.nf\n" : ".fi\n.PP\n";
        kept = indented;
        if (!line.empty()) {
            out += roff(line) + "\n";
        } else if (!out.ends_with(".PP\n")) {
            out += ".PP\n";
        }
    }
    return kept ? out + ".fi\n" : out;
}

std::string entry(const std::string& term, const std::string& text) {
    return ".TP\n" + term + "\n" + roff(text) + "\n";
}

std::string options(const CliCommand& command) {
    std::string text;
    for (const CliOption& option : command.options) {
        if (option.names.empty()) continue;
        std::string term;
        for (const std::string& name : option.names)
            term += (term.empty() ? "" : ", ") + ("\\fB" + roff(name) + "\\fR");
        if (option.takes_value) term += option.value_optional ? " [\\fIVALUE\\fR]" : " \\fIVALUE\\fR";
        text += entry(term, option.help);
    }
    return text;
}

std::string usage(const CliCommand& command) {
    std::string text = ".nf\n";
    for (const std::string& line : command.usage) text += roff(line) + "\n";
    return text + ".fi\n";
}

std::string title(const char* name, int section) {
    return fmt::format(".TH {} {} \"-\" \"morpharena {}\" \"morpharena\"\n", name, section,
                       MORPHARENA_VERSION);
}

}  // namespace

std::string man_of_command(const CliModel& model) {
    std::string text = title("MORPHARENA", 1);
    text += ".SH NAME\nmorpharena \\- what would another memory allocator do to this build?\n";
    text += ".SH SYNOPSIS\n" + usage(model.top);
    text += ".SH DESCRIPTION\n" + paragraphs(model.top.description) + ".SH OPTIONS\n" + options(model.top);
    text += ".SH SUBCOMMANDS\n";
    for (const CliCommand& command : model.commands) {
        text +=
            ".SS " + roff(command.name) + "\n" + usage(command) + ".PP\n" + paragraphs(command.description);
        text += options(command);
        if (!command.footer.empty()) text += ".PP\n" + paragraphs(command.footer);
    }
    text += ".SH EXAMPLES AND EXIT STATUS\n" + paragraphs(model.top.footer);
    text += ".SH ENVIRONMENT\n";
    text += entry("MORPHARENA_LIBRARY",
                  "the path of libmorpharena.so, instead of the one installed beside the command");
    text += entry("NO_COLOR", "when it is set and not empty, no colours are used");
    text += entry("TMPDIR", "where temporary run directories are made, instead of /tmp");
    return text + ".SH SEE ALSO\n\\fBlibmorpharena\\fR(7), \\fBld.so\\fR(8), \\fBcgroups\\fR(7)\n";
}

std::string man_of_library() {
    std::string text = title("LIBMORPHARENA", 7);
    text +=
        ".SH NAME\nlibmorpharena \\- a malloc that is preloaded: an arena, a pool, or counters over any "
        "other\n";
    text += ".SH SYNOPSIS\n.nf\nLD_PRELOAD=/path/to/libmorpharena.so \\fICOMMAND\\fR\n.fi\n.SH DESCRIPTION\n";
    text += roff(
        "Serves malloc and its family in every dynamically linked program below the command. It never writes "
        "to "
        "stderr unless it is asked to, and never stops a program: a variable with a value that is not "
        "allowed is "
        "complained of in the record and the dump, and the default serves. The environment is read once, at "
        "the "
        "first allocation; in set-user-ID programs it is not read.\n");
    text += ".SH MODES\n";
#define MODE(name, served, summary) \
    if (served) text += entry("\\fB" #name "\\fR", summary);
#include "core/config/modes.def"
#undef MODE
    text += ".SH ENVIRONMENT\n";
#define OPTION(field, NAME, Type, standard, allowed, help)                                           \
    text += entry("\\fBMORPHARENA_" #NAME "\\fR", fmt::format("{}. Allowed: {}. Default: {}.", help, \
                                                              allowed, *standard ? standard : "not set"));
#include "core/config/options.def"
#undef OPTION
    text += ".SH RECORDS\n";
    text += roff(
        "With MORPHARENA_RUN_DIR each process counts into a file pid-starttime-n.morpharena of that "
        "directory, which "
        "it maps shared, so that SIGKILL, the OOM killer, _exit and exec lose nothing. morpharena stats DIR "
        "shows "
        "them, morpharena top DIR while the processes run. Records are as trustworthy as the directory.\n");
    text += ".SH COUNTERS\n";
    text += roff(
        "The keys of `counters' in a process's report. always: in every process; tracked: only where a "
        "record or a "
        "dump is asked for.\n");
#define THREAD_COUNTER(name, unit, cost, help) \
    text += entry("\\fB" #name "\\fR (" #unit ", " #cost ")", help);
#define PROCESS_COUNTER(name, unit, merge, cost, help) \
    text += entry("\\fB" #name "\\fR (" #unit ", " #cost ")", help);
#include "core/observe/counters.def"
    return text + ".SH SEE ALSO\n\\fBmorpharena\\fR(1), \\fBmalloc\\fR(3), \\fBld.so\\fR(8)\n";
}

}  // namespace morpharena::tool
