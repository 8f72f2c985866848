#include "tools/profile_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "tools/cli.h"
#include "tools/exit_code.h"
#include "tools/json_place.h"
#include "tools/launch.h"
#include "tools/mode_option.h"
#include "tools/printable.h"
#include "tools/profile_files.h"
#include "tools/profile_json.h"
#include "tools/run_directory.h"
#include "tools/size_text.h"
#include "tools/tree_account.h"

namespace morpharena::tool {
namespace fs = std::filesystem;
namespace {

std::string interval_value(const std::string& given) {
    const auto bytes = parse_size(given);
    if (!bytes || *bytes == 0) {
        throw BadInput(
            fmt::format("--interval {}: right is bytes between samples, such as 512K; 1 is every "
                        "allocation",
                        printable(given)));
    }
    return fmt::format("{}", *bytes);
}

void require_profiler(const Allocator& allocator) {
    const fs::path profiler = fs::path(allocator.library).parent_path() / "libmorpharena-profile.so";
    std::error_code error;
    if (fs::exists(profiler, error)) return;
    throw BadInput(
        fmt::format("profile: {} is not there; the build makes it beside libmorpharena.so where libunwind "
                    "is installed (Debian: libunwind-dev)",
                    printable(profiler.string())));
}

std::string head_text(const std::string& mode, const RunResult& result, const Conditions& conditions) {
    std::string text = fmt::format("\nmorpharena profile, mode {}: {}\n", mode, describe(result.outcome));
    if (const std::string limit = limit_text(conditions); !limit.empty()) text += limit + "\n";
    if (const std::string go = go_text(conditions); !go.empty()) text += go + "\n";
    std::string line;
    for (const MetricInfo& metric : kMetrics) {
        const auto& value = result.metrics[metric.metric];
        if (!metric.in_table || !value) continue;
        line += fmt::format("{}{} {}", line.empty() ? "" : ", ", metric.title,
                            quantity_text(metric.unit, *value));
    }
    return text + line + "\n";
}

// How much of the processor time was out of sight, where nobody followed the tree.
std::string reach_text(const RunResult& result, const Records& records) {
    const auto& cpu = result.metrics[Metric::cpu];
    if (!cpu || *cpu <= 0 || records.processes.empty()) return {};
    const double share = std::min(1.0, recorded_cpu(records.processes) / *cpu);
    return fmt::format("Processes with records used {} of the processor time; --tree names the others.\n",
                       percent_text(share));
}

// Programs that the library was not in, among those that it was.
void add_outsiders(const TreeAccount& account, Profile& profile) {
    for (const AccountedImage& one : account.images) {
        if (one.reach == Reach::interposed || one.reach == Reach::bypassed || one.image.forked) continue;
        ProfiledProcess process;
        process.pid = one.image.pid;
        process.parent = one.image.parent;
        process.start_ns = static_cast<std::uint64_t>(one.image.begin_ns);
        process.program = fs::path(one.image.path).filename().string();
        process.problem = std::string(describe(one.reach)) + (one.detail.empty() ? "" : ", " + one.detail);
        profile.processes.push_back(std::move(process));
    }
    std::stable_sort(profile.processes.begin(), profile.processes.end(),
                     [](const auto& a, const auto& b) { return a.start_ns < b.start_ns; });
}

}  // namespace

Json ProfileDocument::json() const {
    Json document = head;
    document.update(json_of(profile));
    return document;
}

std::string ProfileDocument::command() const {
    std::string text;
    if (const auto words = head.find("command"); words != head.end() && words->is_array()) {
        for (const Json& word : *words) {
            if (word.is_string()) text += (text.empty() ? "" : " ") + shell_word(word.get<std::string>());
        }
    }
    return text;
}

void add_profile_run_options(CLI::App& sub, ProfileRunOptions& options) {
    sub.add_option(
        "--interval", options.interval,
        "bytes between two samples, on average (default 512K); 1 counts every allocation, which takes "
        "several times as long");
    add_mode_option(sub, options.mode);
    sub.add_option("--run-dir", options.run_dir,
                   "keep records and profiles in this existing directory (default: a temporary one)");
    add_condition_options(sub, options.conditions, true);
    sub.add_flag("--tree", options.tree,
                 "show the processes as a tree as well; a command is followed with ptrace for it (see run "
                 "--help), so that programs without the library are in it too");
}

ProfileRun run_profiled(const ProfileRunOptions& options, const std::vector<std::string>& command) {
    Conditions conditions = parse_conditions(options.conditions);
    const std::string interval = interval_value(options.interval);
    const Allocator allocator = mode_named(options.mode);
    require_profiler(allocator);
    Launch launched;
    launched.command = command;
    launched.environment = own_environment();
    apply(allocator, launched.environment);
    set_variable(launched.environment, "MORPHARENA_PROFILE", interval);
    Interrupts interrupts;
    const auto place = find_place(needs_place(conditions), interrupts);
    conditions.place = place ? &*place : nullptr;
    const RunDirectory directory =
        options.run_dir.empty() ? RunDirectory::temporary() : RunDirectory::named(options.run_dir);
    set_variable(launched.environment, "MORPHARENA_RUN_DIR", directory.path().string());
    impose(conditions, launched);
    if (options.tree) launched.trace_preload = allocator.library;
    mention_preload();

    RunResult result = launch(launched, interrupts);
    const Records records = directory.new_records();
    ProfileRun run;
    run.exit_code = exit_code_for(result.outcome);
    run.head = head_text(allocator.name, result, conditions);
    Json& head = run.document.head;
    head = document_head(kProfileSchema, kProfileSchemaVersion);
    head.update({{"command", command},
                 {"mode", allocator.name},
                 {"library", allocator.library},
                 {"host", json_of(this_host())},
                 {"environment", relevant_environment(launched.environment)},
                 {"units", metric_units()}});
    head.update(json_of(conditions));
    head.update(json_of(result));

    Symbolizer symbolizer;
    ProfileRead read = read_profiles(records, symbolizer);
    run.document.profile = std::move(read.profile);
    run.damaged = records.damaged;
    run.damaged.insert(run.damaged.end(), read.damaged.begin(), read.damaged.end());
    if (options.tree && result.trace_problem.empty()) {
        add_outsiders(account_for(std::move(result.images), records.processes), run.document.profile);
    } else {
        run.head += reach_text(result, records);
    }
    if (!result.trace_problem.empty()) run.head += "--tree: " + result.trace_problem + "\n";
    run.head += "\n";
    return run;
}

ProfileDocument read_profile_document(const std::string& path, std::vector<Damage>& damaged) {
    std::error_code error;
    ProfileDocument document;
    if (!fs::is_directory(path, error)) {
        document.head = read_document(path);
        const JsonPlace place(document.head, path + ":");
        const std::string schema = place.text_or("schema", "");
        if (schema != kProfileSchema || place.count("version") != kProfileSchemaVersion) {
            place.refuse(fmt::format("schema '{}' is not {} of version {}, which profile --json writes",
                                     printable(schema), kProfileSchema, kProfileSchemaVersion));
        }
        document.profile = profile_from(place);
        return document;
    }
    const Records records = read_records(record_files(path));
    if (records.processes.empty() && records.damaged.empty()) {
        throw BadInput(fmt::format("{}: no record here (files named *{})", printable(path), kRecordSuffix));
    }
    Symbolizer symbolizer;
    ProfileRead read = read_profiles(records, symbolizer);
    document.head = document_head(kProfileSchema, kProfileSchemaVersion);
    document.profile = std::move(read.profile);
    damaged.insert(damaged.end(), records.damaged.begin(), records.damaged.end());
    damaged.insert(damaged.end(), read.damaged.begin(), read.damaged.end());
    return document;
}

}  // namespace morpharena::tool
