// Runs a check in a fork child with an address-space limit, where there is no way back to none.
#pragma once

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <fstream>

namespace morpharena::test {

// Lets this process have `more` bytes of address space beyond what it has now.
inline bool limit_address_space(std::size_t more) {
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    const rlim_t limit = pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) + more;
    const rlimit both = {limit, limit};
    return setrlimit(RLIMIT_AS, &both) == 0;
}

// The exit status of `check` in a child; 128 + the signal when it was killed.
template <class Check>
int status_in_child(Check check) {
    const pid_t child = fork();
    if (child == 0) _exit(check());
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace morpharena::test
