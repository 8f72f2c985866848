// What stands against believing a comparison's figures.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "tools/compare.h"
#include "tools/printable.h"
#include "tools/size_text.h"

namespace morpharena::tool {
namespace {

// An interval that reaches further than this and still holds 1 has told nothing that anybody asked for:
// allocators differ by a few per cent on a build.
constexpr double kWideInterval = 0.05;
// What others may use of the processors before it is mentioned.
constexpr double kOthersShare = 0.05;

void warn_of_width(const Comparison& comparison, std::vector<std::string>& warnings) {
    std::string names;
    double widest = 0;
    for (std::size_t i = 1; i < comparison.labels.size(); ++i) {
        const auto ratio = ratio_of(comparison, i, kMetrics[static_cast<std::size_t>(Metric::wall)]);
        if (!ratio || ratio->significant || half_width(*ratio) <= kWideInterval) continue;
        names += (names.empty() ? "" : ", ") + printable(comparison.labels[i]);
        widest = std::max(widest, half_width(*ratio));
    }
    if (names.empty()) return;
    warnings.push_back(fmt::format(
        "The machine was too noisy to tell {} from {} by wall time: differences below {} would not "
        "show. More rounds (--runs, --until) or a quieter machine would help.",
        names, printable(comparison.labels[0]), percent_text(widest)));
}

void warn_of_others(const Comparison& comparison, std::vector<std::string>& warnings) {
    double others = 0;
    double wall = 0;
    for (const CompareRun& run : comparison.runs) {
        const auto& time = run.result.metrics[Metric::wall];
        if (run.round == 0 || !run.result.other_share || !time) continue;
        others += *run.result.other_share * *time;
        wall += *time;
    }
    constexpr double kLeastWall = 0.5;  // seconds: /proc/stat counts in hundredths
    if (wall < kLeastWall || others / wall <= kOthersShare) return;
    warnings.push_back(fmt::format("Other processes used {} of the processors' time during the runs.",
                                   percent_text(others / wall)));
}

void warn_of_outputs(const Comparison& comparison, std::vector<std::string>& warnings) {
    std::map<std::string, std::size_t> not_written;
    for (const CompareRun& run : comparison.runs) {
        for (const BuiltFile& built : run.result.outputs) {
            if (!built.written || !built.hash) ++not_written[built.file];
        }
    }
    for (const auto& [file, count] : not_written) {
        warnings.push_back(
            fmt::format("{} was not written anew in {} of {} runs, so that nothing can be said of it; "
                        "--prepare 'rm -f {}' makes sure.",
                        printable(file), count, comparison.runs.size(), printable(file)));
    }
    const bool first_differs =
        std::any_of(comparison.runs.begin(), comparison.runs.end(), [](const CompareRun& run) {
            return run.allocator == 0 && run.result.outcome.verdict == Verdict::output_differs;
        });
    if (first_differs) {
        warnings.push_back(fmt::format(
            "The output differs from run to run under {} itself: a difference elsewhere says nothing then.",
            printable(comparison.labels[0])));
    }
}

void warn_of_complaints(const Comparison& comparison, std::vector<std::string>& warnings) {
    for (const RecordedRun& run : comparison.recorded) {
        for (const std::string& complaint : run.complaints)
            warnings.push_back(fmt::format("{}: {}", printable(comparison.labels[run.allocator]), complaint));
    }
}

}  // namespace

std::vector<std::string> warnings_of(const Comparison& comparison) {
    std::vector<std::string> warnings;
    warn_of_width(comparison, warnings);
    warn_of_others(comparison, warnings);
    warn_of_outputs(comparison, warnings);
    warn_of_complaints(comparison, warnings);
    if (comparison.baseline && !comparison.baseline->same_machine) {
        warnings.push_back(
            "The baseline was measured on another machine, kernel or C library; the ratios to it mix both.");
    }
    return warnings;
}

}  // namespace morpharena::tool
