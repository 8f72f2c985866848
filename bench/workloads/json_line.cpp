#include "bench/workloads/json_line.h"

#include <cinttypes>
#include <cstdio>

namespace morpharena::bench {
namespace {

double share(std::size_t part, std::size_t whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

bool write_json_line(const char* path, const char* workload, const Parameters& parameters,
                     const Totals& totals) {
    std::FILE* file = path == nullptr ? stdout : std::fopen(path, "we");
    if (file == nullptr) return false;
    const std::size_t grown =
        totals.resident_after > totals.resident_before ? totals.resident_after - totals.resident_before : 0;
    std::fprintf(file,
                 "{\"workload\": \"%s\", \"warm\": %s, \"reset\": %s, \"threads\": %u, \"count\": %zu, "
                 "\"size\": %zu, \"rounds\": %u, \"objects\": %zu, \"bytes\": %zu, \"live_peak\": %zu, ",
                 workload, parameters.warm ? "true" : "false", totals.reset ? "true" : "false",
                 parameters.threads, parameters.count, parameters.size, parameters.rounds, totals.objects,
                 totals.bytes, totals.live_peak);
    std::fprintf(
        file,
        "\"ns_per_object\": %.4f, \"time_ns\": %" PRIu64 ", \"user_ns\": %" PRIu64 ", \"system_ns\": %" PRIu64
        ", \"minor_faults\": %" PRIu64 ", ",
        totals.objects == 0 ? 0.0 : static_cast<double>(totals.ns) / static_cast<double>(totals.objects),
        totals.ns, totals.user_ns, totals.system_ns, totals.minor_faults);
    std::fprintf(
        file,
        "\"peak_rss\": %zu, \"resident_before\": %zu, \"resident_grown\": %zu, \"utilization\": %.4f, "
        "\"huge_share\": %.4f}\n",
        totals.resident_peak, totals.resident_before, grown, share(totals.live_peak, grown),
        share(totals.huge, grown));
    const bool good = std::ferror(file) == 0;
    return (file == stdout ? std::fflush(file) : std::fclose(file)) == 0 && good;
}

}  // namespace morpharena::bench
