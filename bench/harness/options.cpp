#include "bench/harness/options.h"

#include <fmt/format.h>

#include <algorithm>

#include "bench/workloads/rows.h"
#include "tools/exit_code.h"
#include "tools/printable.h"
#include "tools/size_text.h"

namespace morpharena::bench {

using namespace morpharena::tool;

namespace {

std::vector<std::string> words_of(const std::string& option, const std::string& list) {
    std::vector<std::string> words;
    for (std::size_t at = 0; at != std::string::npos;) {
        const auto comma = list.find(',', at);
        words.push_back(list.substr(at, comma - at));
        at = comma == std::string::npos ? comma : comma + 1;
        if (words.back().empty()) {
            throw BadInput(fmt::format("{} '{}': an empty word between commas", option, printable(list)));
        }
    }
    return words;
}

std::size_t number_of(const std::string& option, const std::string& word, std::size_t least,
                      std::size_t most) {
    const auto number = parse_count(word);
    if (!number || *number < least || *number > most) {
        throw BadInput(fmt::format("{} {}: right is a whole number from {} to {}", option, printable(word),
                                   least, most));
    }
    return *number;
}

// 0, the workload's own, for an empty list.
std::vector<std::size_t> numbers_of(const std::string& option, const std::string& list, std::size_t most) {
    if (list.empty()) return {0};
    std::vector<std::size_t> numbers;
    for (const std::string& word : words_of(option, list))
        numbers.push_back(number_of(option, word, 1, most));
    return numbers;
}

std::vector<std::string> chosen_workloads(const std::string& list) {
    std::vector<std::string> chosen;
    if (list == "all") {
        for (const WorkloadInfo& info : kWorkloads) chosen.emplace_back(info.name);
        return chosen;
    }
    for (const std::string& word : words_of("--workloads", list)) {
        const bool known = std::any_of(kWorkloads.begin(), kWorkloads.end(),
                                       [&](const WorkloadInfo& info) { return info.name == word; });
        if (!known) {
            throw BadInput(fmt::format("--workloads {}: no such workload; --list has them", printable(word)));
        }
        chosen.push_back(word);
    }
    return chosen;
}

bool has_a_size(const std::string& workload) {
    return std::any_of(kWorkloads.begin(), kWorkloads.end(),
                       [&](const WorkloadInfo& info) { return info.name == workload && info.size != 0; });
}

std::vector<bool> states_of(const std::string& list) {
    std::vector<bool> warm;
    for (const std::string& word : words_of("--state", list)) {
        if (word != "cold" && word != "warm") {
            throw BadInput(
                fmt::format("--state {}: right is cold, warm or both, comma-separated", printable(word)));
        }
        warm.push_back(word == "warm");
    }
    return warm;
}

std::vector<Case> cases_of(const Words& words) {
    constexpr std::size_t kMost = 1'000'000'000;
    const auto counts = numbers_of("--count", words.counts, kMost);
    const auto sizes = numbers_of("--size", words.sizes, kMost);
    const auto threads = numbers_of("--threads", words.threads, 1024);
    const auto states = states_of(words.states);
    std::vector<Case> cases;
    for (const std::string& workload : chosen_workloads(words.workloads)) {
        if (!words.sizes.empty() && !has_a_size(workload)) {
            throw BadInput(fmt::format("--size: {} has a mix of sizes of its own", workload));
        }
        for (const bool warm : states)
            for (const std::size_t size : sizes)
                for (const std::size_t count : counts)
                    for (const std::size_t thread : threads)
                        cases.push_back(
                            {workload, warm, count, size, static_cast<unsigned>(thread), !words.no_touch});
    }
    return cases;
}

}  // namespace

Plan plan_of(const Words& words, const Resolver& resolver) {
    Plan plan;
    plan.cases = cases_of(words);
    plan.rounds = number_of("--runs", words.rounds, 6, 10'000);  // an interval needs six pairs
    plan.warm_rounds = static_cast<unsigned>(number_of("--warm-rounds", words.warm_rounds, 1, 10'000));
    plan.limit = !words.no_limit;
    if (words.by != "wall" && words.by != "cpu") {
        throw BadInput(fmt::format("--by {}: right is wall or cpu", printable(words.by)));
    }
    plan.time = words.by == "wall" ? &Sample::ns : &Sample::cpu_ns;
    for (const std::string& word : words.allocators) plan.subjects.push_back(parse_subject(word, resolver));
    if (plan.subjects.empty()) plan.subjects = installed_subjects(resolver);
    check_labels(plan.subjects);
    if (words.versus.empty()) return plan;
    const auto found = std::find_if(plan.subjects.begin(), plan.subjects.end(),
                                    [&](const Subject& subject) { return subject.label == words.versus; });
    if (found == plan.subjects.end()) {
        throw BadInput(
            fmt::format("--versus {}: is none of the allocators that take part", printable(words.versus)));
    }
    plan.versus = static_cast<std::size_t>(found - plan.subjects.begin());
    return plan;
}

}  // namespace morpharena::bench
