#include <cstring>

#include "tools/cli.h"
#include "tools/probe.h"
#include "tools/standard_streams.h"

int main(int argc, char** argv) {
    using namespace morpharena::tool;
    // Not for people: how probe_preload asks a copy of us whether it runs under a library.
    if (argc == 4 && std::strcmp(argv[1], kProbeArgument) == 0) return answer_probe(argv[2], argv[3]);
    secure_standard_streams();
    return command_line(argc, argv);
}
