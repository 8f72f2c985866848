#include "tools/probe.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <link.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>

#include "tools/environment.h"
#include "tools/outcome.h"
#include "tools/pipe.h"
#include "tools/printable.h"
#include "tools/standard_streams.h"

namespace morpharena::tool {
namespace fs = std::filesystem;
namespace {

constexpr int kProbeSeconds = 20;  // a library whose constructor hangs must not hang us

// Each library has a way of its own to tell its version; the symbol's name chooses it.
std::string version_of(void* library, std::string_view symbol) {
    void* found = symbol.empty() ? nullptr : ::dlsym(library, std::string(symbol).c_str());
    if (found == nullptr) return {};
    if (symbol == "mi_version") {  // 2.0.9 is 209, and 3.1.5 is 315; since 2.4 and 3.4, 3.4.3 is 30403
        const int version = reinterpret_cast<int (*)()>(found)();
        if (version >= 10'000) {
            return fmt::format("{}.{}.{}", version / 10'000, version / 100 % 100, version % 100);
        }
        return fmt::format("{}.{}.{}", version / 100, version / 10 % 10, version % 10);
    }
    if (symbol == "mallctl") {
        const char* text = nullptr;
        std::size_t size = sizeof text;
        const auto mallctl =
            reinterpret_cast<int (*)(const char*, void*, std::size_t*, void*, std::size_t)>(found);
        if (mallctl("version", &text, &size, nullptr, 0) != 0 || text == nullptr) return {};
        return std::string(text).substr(0, std::string_view(text).find('-'));  // less the commit
    }
    if (symbol == "tc_version") {
        int major = 0, minor = 0;
        const char* patch = "";
        reinterpret_cast<const char* (*)(int*, int*, const char**)>(found)(&major, &minor, &patch);
        return fmt::format("{}.{}{}", major, minor, patch == nullptr ? "" : patch);
    }
    return {};
}

struct ChildOutput {
    std::string out;
    std::string err;
    int status = 0;
    bool timed_out = false;
};

// Reads both streams until they close or the time is over.
void collect(int out, int err, ChildOutput& result) {
    std::array<pollfd, 2> polled = {pollfd{out, POLLIN, 0}, pollfd{err, POLLIN, 0}};
    while (polled[0].fd >= 0 || polled[1].fd >= 0) {
        const int ready = ::poll(polled.data(), polled.size(), kProbeSeconds * 1000);
        if (ready < 0 && errno == EINTR) continue;
        if (ready <= 0) {
            result.timed_out = true;
            return;
        }
        for (std::size_t i = 0; i < polled.size(); ++i) {
            if (polled[i].fd < 0 || polled[i].revents == 0) continue;
            std::array<char, 4096> piece{};
            const ssize_t got = ::read(polled[i].fd, piece.data(), piece.size());
            if (got <= 0) {
                polled[i].fd = -1;
            } else {
                (i == 0 ? result.out : result.err).append(piece.data(), static_cast<std::size_t>(got));
            }
        }
    }
}

ChildOutput run_probe(const fs::path& program, const std::string& library, std::string_view version_symbol) {
    Environment environment = own_environment();
    unset_variable(environment, "LD_PRELOAD");  // what stands there already is not on trial
    for (const char* name : {"MORPHARENA_RUN_DIR", "MORPHARENA_STATS"}) unset_variable(environment, name);
    prepend_preload(environment, library);
    const std::string symbol(version_symbol);
    std::vector<char*> variables;
    for (std::string& entry : environment) variables.push_back(entry.data());
    variables.push_back(nullptr);

    ChildOutput result;
    Pipe out, err;
    if (!out.open() || !err.open()) throw std::system_error(errno, std::generic_category(), "pipe");
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(out.writer(), STDOUT_FILENO);
        ::dup2(err.writer(), STDERR_FILENO);
        restore_write_signals();
        ::execle(program.c_str(), program.c_str(), kProbeArgument, library.c_str(), symbol.c_str(), nullptr,
                 variables.data());
        ::_exit(126);
    }
    out.close_writer();
    err.close_writer();
    if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
    collect(out.reader(), err.reader(), result);
    if (result.timed_out) ::kill(child, SIGKILL);
    while (::waitpid(child, &result.status, 0) < 0 && errno == EINTR) {
    }
    return result;
}

std::string first_line(const std::string& text) {
    return printable(text.substr(0, text.find('\n')));
}

// What the loader says begins with "ERROR: ld.so: object 'x' from LD_PRELOAD cannot be preloaded (why):
// ignored."; the part in brackets is what people need.
std::string loader_reason(const std::string& err) {
    const std::string line = first_line(err);
    const auto open = line.find('(');
    const auto close = line.rfind(')');
    const bool preload = line.find("LD_PRELOAD") != std::string::npos;
    return preload && open < close && close != std::string::npos ? line.substr(open + 1, close - open - 1)
                                                                 : line;
}

}  // namespace

ProbeResult probe_preload(const fs::path& program, const std::string& library,
                          std::string_view version_symbol) {
    const ChildOutput child = run_probe(program, library, version_symbol);
    ProbeResult result;
    if (child.timed_out) {
        result.problem = fmt::format("a program under it did not end within {} s", kProbeSeconds);
    } else if (!child.err.empty()) {
        result.problem = loader_reason(child.err);
    } else if (child.status != 0) {
        result.problem = fmt::format("a program under it: {}", describe(judge(child.status, 0, false)));
    } else {
        const auto line = child.out.find('\n');
        std::error_code ignored;
        const fs::path real = fs::canonical(child.out.substr(0, line), ignored);
        result.path = real.empty() ? child.out.substr(0, line) : real.string();
        result.version = line == std::string::npos ? "" : first_line(child.out.substr(line + 1));
    }
    return result;
}

// Whether malloc is still the C library's own: what was preloaded brought none, nor did a library that it
// needs.
bool malloc_is_libcs() {
    Dl_info serving, libc;
    void* malloc = ::dlsym(RTLD_DEFAULT, "malloc");
    void* known = ::dlsym(RTLD_DEFAULT, "gnu_get_libc_version");
    return malloc != nullptr && known != nullptr && ::dladdr(malloc, &serving) != 0 &&
           ::dladdr(known, &libc) != 0 && serving.dli_fbase == libc.dli_fbase;
}

int answer_probe(const char* library, const char* version_symbol) {
    void* loaded = ::dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
    link_map* map = nullptr;
    if (loaded == nullptr || ::dlinfo(loaded, RTLD_DI_LINKMAP, &map) != 0) {
        std::fputs("the loader passed over it without a word\n", stderr);
        return 1;
    }
    if (malloc_is_libcs()) {
        std::fputs("it has no malloc, so that programs would keep the C library's\n", stderr);
        return 1;
    }
    std::printf("%s\n%s\n", map->l_name, version_of(loaded, version_symbol).c_str());
    return 0;
}

fs::path own_executable() {
    std::error_code error;
    const fs::path self = fs::read_symlink("/proc/self/exe", error);
    return error ? fs::path("/proc/self/exe") : self;
}

}  // namespace morpharena::tool
