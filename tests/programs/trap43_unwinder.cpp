// The unwinder takes the loader's lock and allocates: exceptions and backtraces in threads, while others load
// and unload libraries. argv[1]: a library.
#include <dlfcn.h>
#include <execinfo.h>

#include <atomic>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "check.h"

static int fall(int depth) {
    std::string text(static_cast<std::size_t>(depth) * 13, 'x');
    if (depth == 0) throw std::runtime_error("deep");
    return fall(depth - 1) + static_cast<int>(text.size());
}

static void throw_and_look(int rounds) {
    for (int i = 0; i < rounds; ++i) {
        bool caught = false;
        try {
            fall(i % 20);
        } catch (const std::runtime_error& error) {
            caught = std::string(error.what()) == "deep";
        }
        CHECK(caught, "the exception is lost");
        void* frames[32];
        CHECK(backtrace(frames, 32) >= 2, "no backtrace");
        char** names = backtrace_symbols(frames, 2);
        CHECK(names != nullptr, "no names");
        std::free(names);
    }
}

int main(int argc, char** argv) {
    CHECK(argc == 2, "which library?");
    std::atomic<bool> done = false;
    std::thread loader([&] {
        while (!done) {
            void* library = dlopen(argv[1], RTLD_NOW);
            CHECK(library != nullptr, "%s", dlerror());
            dlclose(library);
        }
    });
    std::vector<std::thread> throwers;
    for (int i = 0; i < 6; ++i) throwers.emplace_back(throw_and_look, 500);
    for (std::thread& thread : throwers) thread.join();
    done = true;
    loader.join();
}
