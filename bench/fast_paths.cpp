// What one call costs when nothing has to be fetched: malloc's entry points in a loop, by Google Benchmark.
// Runs under whatever malloc is preloaded; `morpharena-bench --fast-paths` runs it under several in turn.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <array>
#include <cstdlib>

namespace {

using benchmark::DoNotOptimize;
using benchmark::State;

std::size_t size_of(const State& state) {
    return static_cast<std::size_t>(state.range(0));
}

void malloc_free(State& state) {
    for (auto _ : state) {
        void* object = std::malloc(size_of(state));
        DoNotOptimize(object);
        std::free(object);
    }
}
BENCHMARK(malloc_free)
    ->Arg(8)
    ->Arg(16)
    ->Arg(48)
    ->Arg(64)
    ->Arg(128)
    ->Arg(256)
    ->Arg(1024)
    ->Arg(4096)
    ->Arg(32'768)
    ->Arg(262'144);

void calloc_free(State& state) {
    for (auto _ : state) {
        void* object = std::calloc(1, size_of(state));
        DoNotOptimize(object);
        std::free(object);
    }
}
BENCHMARK(calloc_free)->Arg(16)->Arg(64)->Arg(1024)->Arg(32'768);

void new_delete(State& state) {
    for (auto _ : state) {
        void* object = ::operator new(size_of(state));
        DoNotOptimize(object);
        ::operator delete(object);
    }
}
BENCHMARK(new_delete)->Arg(48);

void aligned_free(State& state) {
    for (auto _ : state) {
        void* object = std::aligned_alloc(64, size_of(state));
        DoNotOptimize(object);
        std::free(object);
    }
}
BENCHMARK(aligned_free)->Arg(64)->Arg(1024);

// An iteration is an object: a hundred are made, then freed in the same or in the opposite order.
template <bool NewestFirst>
void hundred(State& state) {
    std::array<void*, 100> objects{};
    const auto count = static_cast<std::int64_t>(objects.size());
    while (state.KeepRunningBatch(count)) {
        for (void*& object : objects) object = std::malloc(size_of(state));
        DoNotOptimize(objects);
        for (std::size_t i = 0; i < objects.size(); ++i) {
            std::free(objects[NewestFirst ? objects.size() - 1 - i : i]);
        }
    }
}
BENCHMARK(hundred<false>)->Name("hundred_oldest_first")->Arg(64)->Arg(512);
BENCHMARK(hundred<true>)->Name("hundred_newest_first")->Arg(64)->Arg(512);

// The size stays in its class, or the object is the newest: nothing is copied.
void realloc_in_place(State& state) {
    void* object = std::malloc(size_of(state));
    std::size_t less = 0;
    for (auto _ : state) {
        less ^= 1;
        object = std::realloc(object, size_of(state) - less);
        DoNotOptimize(object);
    }
    std::free(object);
}
BENCHMARK(realloc_in_place)->Arg(64)->Arg(4096);

void realloc_doubling(State& state) {
    for (auto _ : state) {
        void* object = nullptr;
        for (std::size_t size = 16; size <= size_of(state); size *= 2) object = std::realloc(object, size);
        DoNotOptimize(object);
        std::free(object);
    }
}
BENCHMARK(realloc_doubling)->Arg(1024)->Arg(65'536);

void usable_size(State& state) {
    void* object = std::malloc(size_of(state));
    for (auto _ : state) DoNotOptimize(::malloc_usable_size(object));
    std::free(object);
}
BENCHMARK(usable_size)->Arg(64);

void free_null(State& state) {
    for (auto _ : state) {
        void* nothing = nullptr;
        DoNotOptimize(nothing);
        std::free(nothing);
    }
}
BENCHMARK(free_null);

}  // namespace

BENCHMARK_MAIN();
