// morpharena-workload: one allocation pattern in a fresh process, measured by itself.
#include <cstdio>

#include "bench/workloads/arguments.h"
#include "bench/workloads/json_line.h"
#include "bench/workloads/stage.h"
#include "bench/workloads/threads.h"

namespace {

using namespace morpharena::bench;

void help() {
    std::puts(
        "Usage: morpharena-workload NAME [OPTIONS]\n\n"
        "Works one allocation pattern and prints one JSON line: nanoseconds an object, what was made, "
        "memory, page\n"
        "faults, processor time. It measures whatever malloc the process has; morpharena-bench runs it "
        "under\n"
        "several. An object is written to when it is made, once a cache line.\n\n"
        "  --count N      the pattern's length (below: the default)\n"
        "  --size BYTES   of an object, where the pattern has one size\n"
        "  --threads N    so many threads, each doing all of it\n"
        "  --warm N       one round that is not timed, then N that are (default: one, cold, first touch "
        "included)\n"
        "  --no-touch     do not write to the objects: malloc's own time\n"
        "  --no-reset     warm: free one by one even where the library offers morpharena_reset\n"
        "  --json FILE    write the line there\n");
    for (const WorkloadRow* row = workload_rows(); row->name != nullptr; ++row) {
        std::printf("  %-18s %s (%zu)\n", row->name, row->summary, row->count);
    }
}

}  // namespace

int main(int argc, char** argv) {
    Arguments arguments;
    if (!parse(argc, argv, arguments)) return 2;
    if (arguments.help) return help(), 0;
    const WorkloadRow* row = arguments.name == nullptr ? nullptr : find_workload(arguments.name);
    if (row == nullptr) {
        std::fprintf(stderr, "workload: '%s' is not a workload; --help lists them\n",
                     arguments.name == nullptr ? "" : arguments.name);
        return 2;
    }
    if (arguments.size != 0 && row->size == 0) {
        std::fprintf(stderr, "workload: --size: %s has a mix of sizes of its own\n", row->name);
        return 2;
    }
    const bool warm = arguments.warm_rounds != 0;
    const Parameters parameters = {arguments.count == 0 ? row->count : arguments.count,
                                   arguments.size == 0 ? row->size : arguments.size,
                                   arguments.threads,
                                   warm ? arguments.warm_rounds : 1,
                                   warm,
                                   arguments.touch,
                                   arguments.allow_reset};
    Session session(parameters);
    if (!run_on_threads(session, row->run)) {
        std::fprintf(stderr, "workload: %u threads cannot be started\n", arguments.threads);
        return 2;
    }
    if (!write_json_line(arguments.json, row->name, parameters, session.totals())) {
        std::fprintf(stderr, "workload: the result cannot be written\n");
        return 2;
    }
    return 0;
}
