// Batches cross through a ring of eight. The ring and the batches are the workload's own pages, so all that
// malloc sees is made by one thread and freed by another.
#include <pthread.h>

#include <condition_variable>
#include <mutex>

#include "bench/workloads/pages.h"
#include "bench/workloads/stage.h"

namespace morpharena::bench {
namespace {

constexpr std::size_t kRing = 8, kBatch = 1000;

struct Ring {
    Pages<void*> objects{kRing * kBatch};
    std::mutex mutex;
    std::condition_variable changed;
    std::size_t made = 0, freed = 0, batches = 0;  // made and freed: batches so far

    void** batch(std::size_t number) { return &objects[number % kRing * kBatch]; }
    void wait_until(auto condition) {
        std::unique_lock lock(mutex);
        changed.wait(lock, condition);
    }
    void advance(std::size_t& counter) {
        const std::lock_guard lock(mutex);
        ++counter;
        changed.notify_all();
    }
};

void* consume(void* argument) {
    Ring& ring = *static_cast<Ring*>(argument);
    while (ring.freed < ring.batches) {
        ring.wait_until([&] { return ring.made > ring.freed; });
        void** batch = ring.batch(ring.freed);
        for (std::size_t i = 0; i < kBatch; ++i) std::free(batch[i]);
        ring.advance(ring.freed);
    }
    return nullptr;
}

}  // namespace

void producer_consumer(Stage& stage) {
    Pages<std::size_t> sizes(4096);
    for (std::size_t& size : sizes) size = 16 + stage.random()() % 240;
    Ring ring;
    ring.batches = stage.count();
    while (stage.round()) {
        ring.made = ring.freed = 0;
        pthread_t consumer;
        if (::pthread_create(&consumer, nullptr, consume, &ring) != 0) std::abort();
        std::size_t bytes = 0;
        for (std::size_t number = 0; number < ring.batches; ++number) {
            ring.wait_until([&] { return ring.made - ring.freed < kRing; });
            void** batch = ring.batch(number);
            for (std::size_t i = 0; i < kBatch; ++i) {
                const std::size_t size = sizes[(number * kBatch + i) % sizes.size()];
                batch[i] = stage.make(size);
                bytes += size;
            }
            ring.advance(ring.made);
        }
        ::pthread_join(consumer, nullptr);
        stage.end();
        stage.made(ring.batches * kBatch, bytes, ring.batches == 0 ? 0 : bytes / ring.batches * kRing);
    }
}

}  // namespace morpharena::bench
