#include "tools/doctor.h"

#include <fmt/format.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/allocators.h"
#include "tools/cgroup_place.h"
#include "tools/exit_code.h"
#include "tools/host.h"
#include "tools/launch.h"
#include "tools/oom_log.h"
#include "tools/perf_counters.h"
#include "tools/printable.h"
#include "tools/program_file.h"
#include "tools/run_directory.h"

namespace morpharena::tool {
namespace {

Finding examine_records() {
    try {
        const RunDirectory trial = RunDirectory::temporary();
        return {"records", Health::yes, fmt::format("in {}", printable(trial.path().parent_path().string()))};
    } catch (const BadInput& error) {
        return {"records", Health::no, error.what()};
    }
}

void examine_allocators(std::vector<Finding>& findings) {
    const Resolver resolver = Resolver::for_this_program();
    for (const AllocatorRow& row : allocator_rows()) {
        Allocator allocator;
        std::string reason;
        bool found = false;
        try {
            found = resolver.try_resolve(std::string(row.name), allocator, reason);
        } catch (const BadInput& error) {
            reason = error.what();
        }
        const std::string where = allocator.library.empty() ? "" : ", " + printable(allocator.library);
        findings.push_back({std::string(row.name), found ? Health::yes : Health::no,
                            found ? printable(allocator.version) + where : printable(reason)});
    }
}

Finding examine_limit() {
    std::string reason;
    const auto place = CgroupPlace::find(reason);
    if (place) {
        return {"memory limit", Health::yes,
                fmt::format("cgroup {} at {}", place->version() == CgroupVersion::v2 ? "v2" : "v1",
                            printable(place->directory().string()))};
    }
    return {"memory limit", Health::no,
            printable(reason) +
                "; --memory would try systemd-run --scope; --limit-by rlimit limits address space "
                "instead; peaks are of the largest process"};
}

Finding examine_victims() {
    const OomLog log;
    if (log.problem().empty()) return {"OOM victims", Health::yes, "by the kernel's log"};
    return {"OOM victims", Health::partly, log.problem() + "; only programs with records can be guessed at"};
}

Finding examine_instructions() {
    const InstructionCounter all(::getpid(), InstructionCounter::Scope::user_and_kernel);
    if (all.error() == 0) return {"instructions", Health::yes, "counted by the processor"};
    const InstructionCounter user(::getpid(), InstructionCounter::Scope::user);
    if (user.error() == 0)
        return {"instructions", Health::partly, "of user mode: " + instruction_problem(all.error())};
    return {"instructions", Health::no, instruction_problem(user.error())};
}

Finding examine_trace() {
    Launch trial;
    trial.command = {"/bin/sh", "-c", "exit 0"};
    trial.environment = own_environment();
    trial.streams = Streams::discard;
    trial.trace_preload = "";
    Interrupts interrupts;
    const RunResult result = launch(trial, interrupts);
    if (result.trace_problem.empty() && !result.images.empty()) {
        return {"every program", Health::yes, "can be followed with ptrace (run --tree, compare)"};
    }
    return {"every program", Health::no, result.trace_problem};
}

Finding examine_noise() {
    double load = 0;
    const unsigned cpus = this_host().cpus;
    if (::getloadavg(&load, 1) != 1) return {"quiet", Health::partly, "the load is not known"};
    const bool busy = load > 0.5 * cpus;
    return {"quiet", busy ? Health::partly : Health::yes,
            fmt::format("load {:.2f} on {} processors{}", load, cpus,
                        busy ? ": times will be noisy; --until tells how much" : "")};
}

Finding judge(const std::string& file, const Executable& found) {
    const std::string subject = printable(file);
    const std::string below = " Programs that it starts may be reached: 'run --tree' tells.";
    if (found.linkage == Linkage::unreadable) {
        return {subject, Health::no, "is no program that can be read"};
    }
    if (!found.go_version.empty() && found.linkage == Linkage::fixed) {
        return {subject, Health::no,
                fmt::format("a static Go program ({}): nothing can be preloaded; --go-gc off is the same "
                            "experiment.{}",
                            printable(found.go_version), below)};
    }
    if (found.linkage == Linkage::fixed) {
        return {subject, Health::no, "linked statically: nothing can be preloaded." + below};
    }
    if (found.linkage == Linkage::other_abi) {
        return {subject, Health::no, "32-bit, or for another processor: our library does not fit." + below};
    }
    if (found.linkage == Linkage::other_loader) {
        return {subject, Health::no,
                fmt::format("uses another C library's loader, {}.{}", printable(found.loader), below)};
    }
    if (found.privileged) {
        return {subject, Health::partly,
                "set-user-ID or with capabilities: preloaded only for who has them already."};
    }
    if (!found.sanitizer.empty()) {
        return {subject, Health::no,
                fmt::format("needs {}, which brings a malloc and must come first: left alone.{}",
                            printable(found.sanitizer), below)};
    }
    if (found.own_malloc)
        return {subject, Health::no, "brings a malloc of its own: ours stays aside." + below};
    if (!found.go_version.empty()) {
        return {subject, Health::partly,
                fmt::format("Go ({}) with C parts: only what those allocate is seen.",
                            printable(found.go_version))};
    }
    return {subject, Health::yes, "dynamic: our malloc serves it"};
}

}  // namespace

const char* name_of(Health health) {
    switch (health) {
        case Health::yes:
            return "yes";
        case Health::partly:
            return "partly";
        case Health::no:
            return "no";
    }
    return "?";
}

std::vector<Finding> examine_machine() {
    std::vector<Finding> findings;
    examine_allocators(findings);
    findings.push_back(examine_records());
    findings.push_back(examine_limit());
    findings.push_back(examine_victims());
    findings.push_back(examine_instructions());
    findings.push_back(examine_trace());
    findings.push_back(examine_noise());
    return findings;
}

std::vector<Finding> examine_command(const std::string& word) {
    std::vector<Finding> findings;
    const ProgramFile program = program_file(word);
    if (program.script) {
        findings.push_back(
            {printable(*program.script), Health::yes, "a script of " + printable(program.path.string())});
    }
    std::error_code error;
    const std::filesystem::path real = std::filesystem::canonical(program.path, error);
    if (error) throw BadInput(fmt::format("{}: {}", printable(program.path.string()), error.message()));
    findings.push_back(judge(real.string(), look_at_executable(real)));
    return findings;
}

}  // namespace morpharena::tool
