// thread_local destructors and key destructors allocate and free, in whatever order they run.
#include <pthread.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

#include "check.h"

static std::atomic<int> ran{0};

static void allocate_some() {
    for (std::size_t size = 1; size < 2'000'000; size = size * 7 + 1) {
        auto* object = static_cast<char*>(std::malloc(size));
        CHECK(object != nullptr, "%zu", size);
        std::memset(object, 1, size);
        std::free(object);
    }
    ++ran;
}

struct Local {
    std::string text = std::string(200, 'x');
    ~Local() { allocate_some(); }
};
static thread_local Local local;

static pthread_key_t key;

static void at_end(void* value) {
    allocate_some();
    std::free(value);
    // glibc asks four times; the last of them is as late as it gets.
    static thread_local int rounds = 0;
    if (++rounds < 4) pthread_setspecific(key, std::malloc(50));
}

int main() {
    CHECK(pthread_key_create(&key, at_end) == 0, "key");
    constexpr int kThreads = 200;
    for (int i = 0; i < kThreads; ++i) {
        std::thread([] {
            local.text += "y";
            pthread_setspecific(key, std::malloc(100));
        }).join();
    }
    CHECK(ran == kThreads * 5, "%d destructors ran", ran.load());
    local.text += "z";  // and one at the process's end
    return 0;
}
