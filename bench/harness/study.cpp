#include "bench/harness/study.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tools/schedule.h"

namespace morpharena::bench {

using namespace morpharena::tool;

namespace {

constexpr std::array kWays = {"small", "small_populated", "huge", "huge_populated"};

std::vector<std::string> arguments_of(const Case& which, unsigned warm_rounds) {
    std::vector<std::string> arguments = {which.workload, "--threads", std::to_string(which.threads)};
    const auto add = [&](const char* option, std::size_t value) {
        if (value != 0) arguments.insert(arguments.end(), {option, std::to_string(value)});
    };
    add("--count", which.count);
    add("--size", which.size);
    add("--warm", which.warm ? warm_rounds : 0);
    if (!which.touch) arguments.push_back("--no-touch");
    return arguments;
}

class Session {
  public:
    Session(Plan plan, Interrupts& interrupts, const ProgressReport& progress)
        : programs_(interrupts), progress_(progress) {
        study_.plan = std::move(plan);
        for (const Case& which : study_.plan.cases) {
            total_ += (study_.plan.rounds + 1) * (study_.plan.subjects.size() + ways(which));
        }
    }

    Study run() && {
        for (const Case& which : study_.plan.cases) {
            study_.results.push_back({which, std::vector<Series>(study_.plan.subjects.size()), {}});
            objects_ = 0;
            for (std::size_t i = 0; i < ways(which); ++i) study_.results.back().limit[kWays[i]] = {};
            // Round 0 is the warm-up; the bytes that the limit touches are known from it.
            for (std::size_t round = 0; round <= study_.plan.rounds; ++round) {
                run_round(study_.results.back(), round);
                if (study_.interrupted) return std::move(study_);
            }
        }
        return std::move(study_);
    }

  private:
    std::size_t ways(const Case& which) const { return study_.plan.limit && !which.warm ? kWays.size() : 0; }

    void run_round(CaseResult& result, std::size_t round) {
        const std::size_t subjects = study_.plan.subjects.size();
        for (const std::size_t i : round_order(subjects + result.limit.size(), round)) {
            const bool is_subject = i < subjects;
            const std::string name = is_subject ? study_.plan.subjects[i].label : kWays[i - subjects];
            if (progress_) progress_(done_, total_, fmt::format("{}, {}", describe(result.which), name));
            ++done_;
            Series& series = is_subject ? result.series[i] : result.limit[name];
            if (!series.failure.empty()) continue;
            auto outcome =
                is_subject ? run_subject(result.which, study_.plan.subjects[i]) : run_limit(result, name);
            if (const auto* failure = std::get_if<Failure>(&outcome)) {
                study_.interrupted = failure->interrupted;
                if (study_.interrupted) return;
                series.failure = failure->reason;
            } else if (round > 0) {
                series.samples.resize(round);
                series.samples.back() = std::get<Sample>(outcome);
            }
        }
    }

    std::variant<Sample, Failure> run_subject(const Case& which, const Subject& subject) {
        auto outcome =
            programs_.workload(arguments_of(which, study_.plan.warm_rounds), environment_of(subject));
        if (const auto* sample = std::get_if<Sample>(&outcome)) {
            live_peak_ = static_cast<std::size_t>(sample->live_peak);
            objects_ = sample->objects;
        }
        return outcome;
    }

    // A time for the whole stretch, told per object of the workload.
    std::variant<Sample, Failure> run_limit(const CaseResult& result, const std::string& way) {
        if (objects_ == 0) return Failure{"no allocator ran the workload"};
        const std::size_t bytes = std::max<std::size_t>(1, live_peak_ / result.which.threads);
        auto outcome = programs_.first_touch(
            {way, "--count", std::to_string(bytes), "--threads", std::to_string(result.which.threads)});
        if (auto* sample = std::get_if<Sample>(&outcome)) {
            const double share = sample->objects / objects_;
            sample->ns *= share;
            sample->cpu_ns *= share;
        }
        return outcome;
    }

    Study study_;
    Programs programs_;
    const ProgressReport& progress_;
    std::size_t total_ = 0, done_ = 0;
    std::size_t live_peak_ = 0;  // of the case at hand; the same under every allocator
    double objects_ = 0;
};

}  // namespace

Study run_study(Plan plan, Interrupts& interrupts, const ProgressReport& progress) {
    return Session(std::move(plan), interrupts, progress).run();
}

std::optional<double> median_of(const Series& series, Field field) {
    std::vector<double> values;
    for (const auto& sample : series.samples) {
        if (sample) values.push_back((*sample).*field);
    }
    return values.empty() ? std::nullopt : std::optional(median(std::move(values)));
}

std::optional<Ratio> ratio_of(const Series& base, const Series& series, Field field) {
    std::vector<Pair> pairs;
    const std::size_t rounds = std::min(base.samples.size(), series.samples.size());
    for (std::size_t i = 0; i < rounds; ++i) {
        if (base.samples[i] && series.samples[i]) {
            pairs.push_back({(*base.samples[i]).*field, (*series.samples[i]).*field});
        }
    }
    return paired_median(pairs);
}

const Series* best_limit(const CaseResult& result, Field time, std::string* way) {
    const Series* best = nullptr;
    for (const auto& [name, series] : result.limit) {
        const auto median = median_of(series, time);
        if (!median || (best != nullptr && *median >= *median_of(*best, time))) continue;
        best = &series;
        if (way != nullptr) *way = name;
    }
    return best;
}

std::string describe(const Case& which) {
    std::string text = fmt::format("{}, {}", which.workload, which.warm ? "warm" : "cold");
    if (which.count != 0) text += fmt::format(", {}", which.count);
    if (which.size != 0) text += fmt::format(" x {} B", which.size);
    if (which.threads != 1) text += fmt::format(", {} threads", which.threads);
    if (!which.touch) text += ", not touched";
    return text;
}

}  // namespace morpharena::bench
