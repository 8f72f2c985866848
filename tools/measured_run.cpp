#include "tools/measured_run.h"

#include <fmt/format.h>

#include "tools/environment.h"
#include "tools/exit_code.h"
#include "tools/printable.h"

namespace morpharena::tool {
namespace {

void call_shell(const char* option, const std::string& script, Streams streams, Interrupts& interrupts) {
    if (script.empty() || interrupts.requested()) return;
    Launch shell;
    shell.command = {"/bin/sh", "-c", script};
    shell.environment = own_environment();
    shell.streams = streams;
    const RunResult result = launch(shell, interrupts);
    if (result.outcome.ok() || result.outcome.verdict == Verdict::interrupted) return;
    std::string tail = printable(result.stderr_tail);
    if (!tail.empty()) tail = "; it said: " + tail;
    throw BadInput(
        fmt::format("{} {}: {}{}", option, shell_word(script), describe(result.outcome), fit(tail, 200)));
}

}  // namespace

RunResult measured_run(const Launch& what, const Around& around, Interrupts& interrupts) {
    const Streams streams = what.streams == Streams::show ? Streams::show : Streams::discard;
    call_shell("--prepare", around.prepare, streams, interrupts);
    const std::vector<FileStamp> before = stamps_of(around.outputs);
    RunResult result = launch(what, interrupts);
    if (result.outcome.ok()) result.outputs = hashes_of(around.outputs, before);
    call_shell("--cleanup", around.cleanup, streams, interrupts);
    return result;
}

}  // namespace morpharena::tool
