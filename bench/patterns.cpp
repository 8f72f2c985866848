// Allocation patterns, one a run: `patterns NAME [threads] [scale]` works the pattern on so many threads and
// prints one JSON line: nanoseconds an operation, operations, and the process's peak resident memory.
// bench/pairs.py runs it under several allocators in turn. Every object is written to when it is made, as a
// program would.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace {

using Random = std::mt19937_64;

// The compiler must believe that the object is used.
void* used(void* object) {
    asm volatile("" : : "r"(object) : "memory");
    return object;
}

void* make(std::size_t size) {
    void* object = std::malloc(size);
    if (object == nullptr) std::abort();
    static_cast<char*>(object)[0] = 1;
    return used(object);
}

// A pattern returns how many objects it made; `scale` multiplies its length.
std::size_t churn(std::size_t scale, Random&) {
    std::vector<void*> live(1000);
    for (void*& object : live) object = make(48);
    const std::size_t rounds = scale * 4'000'000;
    for (std::size_t i = 0; i < rounds; ++i) {
        void*& object = live[i * 7919 % live.size()];
        std::free(object);
        object = make(48);
    }
    for (void* object : live) std::free(object);
    return rounds;
}

std::size_t lifo(std::size_t scale, Random& random) {
    std::vector<std::size_t> sizes(4096);
    for (std::size_t& size : sizes) size = 16 + random() % 240;
    std::vector<void*> stack;
    std::size_t made = 0;
    for (std::size_t round = 0; round < scale * 4000; ++round) {
        for (std::size_t i = 0; i < 1000; ++i) stack.push_back(make(sizes[(round + i) % sizes.size()]));
        made += stack.size();
        while (!stack.empty()) {
            std::free(stack.back());
            stack.pop_back();
        }
    }
    return made;
}

std::size_t fifo(std::size_t scale, Random& random) {
    std::vector<std::size_t> sizes(4096);
    for (std::size_t& size : sizes) size = 16 + random() % 240;
    std::vector<void*> ring(10'000, nullptr);
    const std::size_t rounds = scale * 4'000'000;
    for (std::size_t i = 0; i < rounds; ++i) {
        std::free(ring[i % ring.size()]);
        ring[i % ring.size()] = make(sizes[i % sizes.size()]);
    }
    for (void* object : ring) std::free(object);
    return rounds;
}

// Sizes of 8 to 1,000 bytes; how long an object lives is exponential, 50,000 allocations in the mean.
std::size_t random_sizes(std::size_t scale, Random& random) {
    std::exponential_distribution<double> lifetime(1.0 / 50'000);
    std::vector<std::vector<void*>> dies(1 << 20);
    const std::size_t rounds = scale * 2'000'000;
    for (std::size_t i = 0; i < rounds; ++i) {
        const auto life =
            std::min<std::size_t>(1 + static_cast<std::size_t>(lifetime(random)), dies.size() - 1);
        dies[(i + life) % dies.size()].push_back(make(8 + random() % 993));
        std::vector<void*>& dead = dies[i % dies.size()];
        for (void* object : dead) std::free(object);
        dead.clear();
    }
    for (auto& dead : dies) {
        for (void* object : dead) std::free(object);
    }
    return rounds;
}

std::size_t realloc_growth(std::size_t scale, Random&) {
    std::size_t steps = 0;
    for (std::size_t round = 0; round < scale * 2000; ++round) {
        char* vector[4] = {};
        for (std::size_t size = 16; size <= 256 * 1024; size += size / 2) {
            for (char*& data : vector) {
                data = static_cast<char*>(std::realloc(data, size));
                data[size - 1] = 1;
                used(data);
                ++steps;
            }
        }
        for (char* data : vector) std::free(data);
    }
    return steps;
}

// One thread makes, the other frees; batches cross through a queue.
std::size_t producer_consumer(std::size_t scale, Random& random) {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::vector<void*>> queue;
    bool finished = false;
    std::thread consumer([&] {
        for (;;) {
            std::unique_lock lock(mutex);
            changed.wait(lock, [&] { return !queue.empty() || finished; });
            if (queue.empty()) return;
            const std::vector<void*> batch = std::move(queue.front());
            queue.pop_front();
            lock.unlock();
            changed.notify_all();
            for (void* object : batch) std::free(object);
        }
    });
    const std::size_t batches = scale * 3000;
    for (std::size_t i = 0; i < batches; ++i) {
        std::vector<void*> batch(1000);
        for (void*& object : batch) object = make(16 + random() % 240);
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return queue.size() < 8; });
        queue.push_back(std::move(batch));
        lock.unlock();
        changed.notify_all();
    }
    {
        const std::lock_guard lock(mutex);
        finished = true;
    }
    changed.notify_all();
    consumer.join();
    return batches * 1000;
}

std::size_t short_threads(std::size_t scale, Random&) {
    const std::size_t threads = scale * 2000;
    for (std::size_t i = 0; i < threads; ++i) {
        std::thread([i] {
            void* objects[200];
            for (std::size_t k = 0; k < 200; ++k) objects[k] = make(16 + (i + k) % 200);
            for (void* object : objects) std::free(object);
        }).join();
    }
    return threads * 200;
}

// 64 KiB to 16 MiB, some twenty alive, all of each written.
std::size_t large_objects(std::size_t scale, Random& random) {
    std::vector<void*> live(20, nullptr);
    const std::size_t rounds = scale * 600;
    for (std::size_t i = 0; i < rounds; ++i) {
        void*& object = live[random() % live.size()];
        std::free(object);
        const std::size_t size = std::size_t{65536} << (random() % 8);
        const std::size_t bytes = size + random() % size;
        object = make(bytes);
        std::memset(object, 1, bytes);
    }
    for (void* object : live) std::free(object);
    return rounds;
}

// A phase of one size, then a phase of another: does the second use the first one's memory?
std::size_t phases(std::size_t scale, Random&) {
    std::size_t made = 0;
    for (const std::size_t size : {std::size_t{64}, std::size_t{96}, std::size_t{448}, std::size_t{24}}) {
        std::vector<void*> live(scale * 32'000'000 / size);
        for (void*& object : live) object = make(size);
        for (void* object : live) std::free(object);
        made += live.size();
    }
    return made;
}

// The V1 run-time's way: roots of 16 bytes pushed and popped, a FILE's buffer for each log line, 64 KiB
// mark-stack blocks.
std::size_t gc_roots(std::size_t scale, Random&) {
    std::vector<void*> roots;
    std::size_t made = 0;
    for (std::size_t call = 0; call < scale * 100'000; ++call) {
        for (int i = 0; i < 12; ++i) roots.push_back(make(16));
        made += 12;
        if (call % 2 == 0) {
            void* file = make(472);
            void* buffer = make(4096);
            std::free(buffer);
            std::free(file);
            made += 2;
        }
        if (call % 50 == 0) {
            void* block = make(65'536);
            std::free(block);
            ++made;
        }
        while (!roots.empty()) {
            std::free(roots.back());
            roots.pop_back();
        }
    }
    return made;
}

const std::map<std::string, std::function<std::size_t(std::size_t, Random&)>> kPatterns = {
    {"churn", churn},
    {"lifo", lifo},
    {"fifo", fifo},
    {"random", random_sizes},
    {"realloc", realloc_growth},
    {"producer", producer_consumer},
    {"threads", short_threads},
    {"large", large_objects},
    {"phases", phases},
    {"gc", gc_roots},
};

std::size_t peak_kib() {
    std::ifstream status("/proc/self/status");
    std::string word;
    while (status >> word) {
        if (word == "VmHWM:") {
            std::size_t kib = 0;
            status >> kib;
            return kib;
        }
    }
    return 0;
}

}  // namespace

int main(int count, char** arguments) {
    const auto pattern = count > 1 ? kPatterns.find(arguments[1]) : kPatterns.end();
    if (pattern == kPatterns.end()) {
        std::fprintf(stderr, "patterns: '%s' is not a pattern; one of", count > 1 ? arguments[1] : "");
        for (const auto& entry : kPatterns) std::fprintf(stderr, " %s", entry.first.c_str());
        std::fprintf(stderr, " would be\n");
        return 2;
    }
    const std::size_t threads = count > 2 ? std::strtoul(arguments[2], nullptr, 10) : 1;
    const std::size_t scale = count > 3 ? std::strtoul(arguments[3], nullptr, 10) : 1;
    std::vector<std::size_t> made(threads);
    const auto work = [&](std::size_t index) {
        Random random(index + 1);
        made[index] = pattern->second(scale, random);
    };
    const auto start = std::chrono::steady_clock::now();
    std::vector<std::thread> others;
    for (std::size_t i = 1; i < threads; ++i) others.emplace_back(work, i);
    work(0);
    for (std::thread& thread : others) thread.join();
    const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - start;
    std::size_t objects = 0;
    for (const std::size_t each : made) objects += each;
    std::printf(
        "{\"pattern\": \"%s\", \"threads\": %zu, \"objects\": %zu, \"ns\": %.3f, \"peak_kib\": %zu}\n",
        arguments[1], threads, objects, spent.count() / static_cast<double>(objects), peak_kib());
}
