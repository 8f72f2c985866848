// The machine on which something was measured.
#pragma once

#include <cstdint>
#include <string>

namespace morpharena::tool {

struct Host {
    std::string name;          // as the network knows it
    std::string kernel;        // "Linux 6.1.0-18-amd64 x86_64"
    std::string cpu;           // the model's name, as /proc/cpuinfo has it
    unsigned cpus = 0;         // that this process may use
    std::uint64_t memory = 0;  // bytes
    std::string thp;           // the chosen word of transparent_hugepage/enabled
    std::string overcommit;    // vm.overcommit_memory
    std::string cgroup;        // where the memory controller is: "v1", "v2" or "none"
    std::string libc;
};

Host this_host();
std::string describe(const Host& host);  // one line

}  // namespace morpharena::tool
