#include "tools/observed_run.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>

#include "tools/cli.h"
#include "tools/mode_option.h"
#include "tools/size_text.h"
#include "tools/standard_streams.h"

namespace morpharena::tool {

void add_observed_run_options(CLI::App& sub, ObservedRunOptions& options) {
    add_mode_option(sub, options.mode);
    sub.add_option("--run-dir", options.run_dir,
                   "keep what the processes record in this existing directory (default: a temporary one)");
    add_condition_options(sub, options.conditions, true);
}

ObservedRun::ObservedRun(const ObservedRunOptions& options, std::vector<std::string> command)
    : options_(options),
      conditions_(parse_conditions(options.conditions)),
      allocator_(mode_named(options.mode)) {
    launch_.command = std::move(command);
    launch_.environment = own_environment();
    tool::apply(allocator_, launch_.environment);  // not std::apply
}

void ObservedRun::leave_out_library() {
    allocator_.library.clear();
    launch_.environment = own_environment();
}

void ObservedRun::run(const std::function<TreeWatcher*(const std::filesystem::path&)>& watcher_of) {
    interrupts_.emplace();  // from here on there is something to clean up
    if (auto place = find_place(needs_place(conditions_), *interrupts_)) {
        conditions_.place = &place_.emplace(std::move(*place));
    }
    directory_.emplace(options_.run_dir.empty() ? RunDirectory::temporary()
                                                : RunDirectory::named(options_.run_dir));
    set_variable(launch_.environment, "MORPHARENA_RUN_DIR", directory_->path().string());
    impose(conditions_, launch_);
    if (options_.tree) launch_.trace_preload = allocator_.library;
    launch_.watcher = watcher_of ? watcher_of(directory_->path()) : nullptr;

    result_ = launch(launch_, *interrupts_);
    write_to_stderr(preload_note());  // here, as a command that is refused is told of in one line
    records_ = directory_->new_records();
    improve_peak();
    if (options_.tree && result_.trace_problem.empty()) {
        tree_ = account_for(std::move(result_.images), records_.processes);
    }
}

// Without a cgroup the figure is the kernel's ru_maxrss, which counts what a process was before its exec: us.
// When nothing was larger than we are, the records know better.
void ObservedRun::improve_peak() {
    rusage own{};
    ::getrusage(RUSAGE_SELF, &own);
    auto& peak = result_.metrics[Metric::peak_memory];
    if (result_.peak_source != PeakSource::largest_rusage) return;
    if (peak && *peak > static_cast<double>(own.ru_maxrss) * 1024) return;
    std::uint64_t largest = 0;
    for (const ProcessRecord& process : records_.processes) largest = std::max(largest, process.peak_rss);
    if (largest == 0) return;
    peak = static_cast<double>(largest);
    result_.peak_source = PeakSource::largest_record;
}

std::string ObservedRun::head_text(const char* subcommand) const {
    std::string text =
        fmt::format("\nmorpharena {}, mode {}: {}\n", subcommand, allocator_.name, describe(result_.outcome));
    for (const std::string& said : {limit_text(conditions_), go_text(conditions_)}) {
        if (!said.empty()) text += said + "\n";
    }
    std::string line;
    for (const MetricInfo& metric : kMetrics) {
        const auto& value = result_.metrics[metric.metric];
        if (!metric.in_table || !value) continue;
        line += fmt::format("{}{} {}", line.empty() ? "" : ", ", metric.title,
                            quantity_text(metric.unit, *value));
    }
    return text + line + fmt::format("\nPeak memory is of {}.\n", describe(result_.peak_source));
}

std::string ObservedRun::recorded_share(const char* rest) const {
    const auto& cpu = result_.metrics[Metric::cpu];
    const auto& processes = records_.processes;
    if (!cpu || *cpu <= 0 || processes.empty()) return {};
    const auto abrupt = static_cast<std::size_t>(
        std::count_if(processes.begin(), processes.end(),
                      [](const ProcessRecord& process) { return process.ending == Ending::unannounced; }));
    if (abrupt == processes.size()) {
        return fmt::format(
            "Every process with a record ({}) ended without exit(): what processor time they used is not "
            "known.\n",
            abrupt);
    }
    const std::string share = percent_text(std::min(1.0, recorded_cpu(processes) / *cpu));
    const std::string without =
        abrupt == 0 ? ""
                    : fmt::format("{} of {} ended without exit(), and their last moments are not in it. ",
                                  abrupt, processes.size());
    return fmt::format("The processes with records used {} of the processor time. {}{}\n", share, without,
                       rest);
}

Json ObservedRun::json_head(std::string_view schema, unsigned version) const {
    Json head = document_head(schema, version);
    head.update({{"command", launch_.command},
                 {"mode", allocator_.name},
                 {"library", allocator_.library},
                 {"host", json_of(this_host())},
                 {"environment", relevant_environment(launch_.environment)},
                 {"units", metric_units()}});
    head.update(json_of(conditions_));
    head.update(json_of(result_));
    return head;
}

}  // namespace morpharena::tool
