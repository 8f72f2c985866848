#include "tools/run_options.h"

#include <fmt/format.h>

#include <cstdio>

#include "tools/exit_code.h"
#include "tools/printable.h"

namespace morpharena::tool {
namespace {

// All but system: it is glibc with our counters over it, which is for counting and not for comparing.
constexpr const char* kDefaultList = "glibc,mimalloc,jemalloc,tcmalloc,arena,pool,adaptive";

}  // namespace

void add_around_options(CLI::App& sub, AroundOptions& options, bool with_outputs) {
    sub.add_option("--prepare", options.prepare, "shell script before each run, not measured");
    sub.add_option("--cleanup", options.cleanup, "shell script after each run, not measured");
    if (!with_outputs) return;
    sub.add_option("--same-output", options.same_output,
                   "files that each run builds: their hashes are compared, and a difference is an outcome")
        ->expected(1, -1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

Around around_from(const AroundOptions& options) {
    return {options.prepare, options.cleanup, options.same_output};
}

void add_allocators_option(CLI::App& sub, std::string& list, const std::string& more) {
    sub.add_option(
        "--allocators", list,
        fmt::format("comma-separated{}: {}, or paths of .so files (default {}, as far as installed)",
                    more.empty() ? "" : ", " + more, allocator_names(), kDefaultList));
}

std::vector<Allocator> chosen_allocators(const std::string& list, std::size_t least, std::string& notes) {
    const Resolver resolver = Resolver::for_this_program();
    std::vector<Allocator> chosen;
    for (const std::string& name : split_list(list.empty() ? kDefaultList : list)) {
        Allocator allocator;
        std::string reason;
        if (!list.empty()) {
            chosen.push_back(resolver.resolve(name));
        } else if (resolver.try_resolve(name, allocator, reason)) {
            chosen.push_back(std::move(allocator));
        } else {
            notes += fmt::format("morpharena: note: {} is left out: {}\n", name, printable(reason));
        }
    }
    if (chosen.size() < least) {
        throw BadInput(
            fmt::format("--allocators {}: a comparison needs at least two of {}, or paths of .so files",
                        printable(list), allocator_names()));
    }
    return chosen;
}

}  // namespace morpharena::tool
