#include "tools/profile_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "tools/exit_code.h"
#include "tools/json_place.h"
#include "tools/printable.h"
#include "tools/profile_files.h"
#include "tools/profile_json.h"
#include "tools/size_text.h"

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
    add_observed_run_options(sub, options);
    sub.add_flag("--tree", options.tree,
                 "show the processes as a tree as well; a command is followed with ptrace for it (see run "
                 "--help), so that programs without the library are in it too");
}

ProfileRun run_profiled(const ProfileRunOptions& options, const std::vector<std::string>& command) {
    const std::string interval = interval_value(options.interval);
    ObservedRun observed(options, command);
    require_profiler(observed.allocator());
    set_variable(observed.environment(), "MORPHARENA_PROFILE", interval);
    observed.run();

    const Records& records = observed.records();
    ProfileRun run;
    run.exit_code = exit_code_for(observed.result().outcome);
    run.head = observed.head_text("profile");
    run.document.head = observed.json_head(kProfileSchema, kProfileSchemaVersion);
    Symbolizer symbolizer;
    ProfileRead read = read_profiles(records, symbolizer);
    run.document.profile = std::move(read.profile);
    run.damaged = records.damaged;
    run.damaged.insert(run.damaged.end(), read.damaged.begin(), read.damaged.end());
    if (observed.tree()) {
        add_outsiders(*observed.tree(), run.document.profile);
    } else {
        run.head += observed.recorded_share("--tree names the others.");
    }
    const std::string& problem = observed.result().trace_problem;
    if (!problem.empty()) run.head += "--tree: " + problem + "\n";
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
