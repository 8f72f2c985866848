#include "bench/harness/programs.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "tools/exit_code.h"
#include "tools/launch.h"
#include "tools/printable.h"
#include "tools/probe.h"
#include "tools/small_file.h"

namespace morpharena::bench {

using namespace morpharena::tool;
namespace fs = std::filesystem;

Sample parse_sample(const std::string& line) {
    try {
        const auto json = nlohmann::json::parse(line);
        const auto number = [&](const char* key) { return json.at(key).get<double>(); };
        const double objects = number("objects");
        if (!(objects > 0))
            throw BadInput("a measuring program made no object; a larger --count would be right");
        return {number("ns_per_object"),
                (number("user_ns") + number("system_ns")) / objects,
                number("minor_faults"),
                number("peak_rss"),
                number("resident_grown"),
                number("huge_share"),
                objects,
                number("bytes"),
                number("live_peak"),
                json.at("reset").get<bool>()};
    } catch (const nlohmann::json::exception& error) {
        throw BadInput(
            fmt::format("a measuring program wrote what is not its line: {}", printable(error.what())));
    }
}

NamedTimes parse_named_times(const std::string& text) {
    try {
        NamedTimes times;
        const auto document = nlohmann::json::parse(text);
        for (const auto& row : document.at("benchmarks")) {
            if (row.at("time_unit") != "ns")
                throw BadInput("a microbenchmark told its time in another unit than ns");
            times.emplace_back(row.at("name").get<std::string>(), row.at("cpu_time").get<double>());
        }
        return times;
    } catch (const nlohmann::json::exception& error) {
        throw BadInput(
            fmt::format("the microbenchmarks wrote what is not their JSON: {}", printable(error.what())));
    }
}

Programs::Programs(Interrupts& interrupts)
    : interrupts_(interrupts), folder_(own_executable().parent_path()) {
    std::string name = (fs::temp_directory_path() / "morpharena-bench-XXXXXX").string();
    const int fd = ::mkostemp(name.data(), O_CLOEXEC);
    if (fd < 0) throw BadInput(fmt::format("{}: cannot be made: {}", printable(name), std::strerror(errno)));
    ::close(fd);
    output_ = name;
}

Programs::~Programs() {
    std::error_code ignored;
    fs::remove(output_, ignored);
}

std::variant<Sample, Failure> Programs::workload(const std::vector<std::string>& arguments,
                                                 const Environment& environment) {
    return run_for_line("morpharena-workload", arguments, environment);
}

std::variant<Sample, Failure> Programs::first_touch(const std::vector<std::string>& arguments) {
    return run_for_line("morpharena-first-touch", arguments, own_environment());
}

std::variant<NamedTimes, Failure> Programs::fast_paths(const Environment& environment) {
    const auto outcome = run({folder_ / "morpharena-fast-paths", "--benchmark_min_time=0.02",
                              "--benchmark_out_format=json", "--benchmark_out=" + output_.string()},
                             environment);
    if (const auto* failure = std::get_if<Failure>(&outcome)) return *failure;
    return parse_named_times(std::get<std::string>(outcome));
}

std::variant<Sample, Failure> Programs::run_for_line(const char* program,
                                                     const std::vector<std::string>& arguments,
                                                     const Environment& environment) {
    std::vector<std::string> command = {folder_ / "workloads" / program};
    command.insert(command.end(), arguments.begin(), arguments.end());
    command.insert(command.end(), {"--json", output_.string()});
    const auto outcome = run(std::move(command), environment);
    if (const auto* failure = std::get_if<Failure>(&outcome)) return *failure;
    return parse_sample(std::get<std::string>(outcome));
}

std::variant<std::string, Failure> Programs::run(std::vector<std::string> command,
                                                 const Environment& environment) {
    Launch launched;
    launched.command = std::move(command);
    launched.environment = environment;
    launched.streams = Streams::discard;
    const RunResult result = launch(launched, interrupts_);
    if (interrupts_.requested()) return Failure{"interrupted", true};
    if (!result.outcome.ok()) {
        const std::string said = result.stderr_tail.substr(0, result.stderr_tail.find('\n'));
        return Failure{describe(result.outcome) + (said.empty() ? "" : ": " + printable(said)), false};
    }
    return read_small_file(output_).value_or("");
}

}  // namespace morpharena::bench
