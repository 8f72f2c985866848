// One measurement in this process: rounds of one workload on some threads, one clock for all of them.
#pragma once

#include <pthread.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "bench/workloads/usage.h"
#include "shim/morpharena.h"

namespace morpharena::bench {

struct Parameters {
    std::size_t count;  // of the workload's own unit, see workloads.def
    std::size_t size;   // bytes an object, where the workload has one size
    unsigned threads;   // each does all of `count`
    unsigned rounds;    // that are timed
    bool warm;          // one round before them is not
    bool touch;         // write to each object
    bool allow_reset;   // take the arena back by morpharena_reset where the library offers it
};

// All over the timed rounds and all threads.
struct Totals {
    std::uint64_t ns = 0;
    std::uint64_t user_ns = 0;
    std::uint64_t system_ns = 0;
    std::uint64_t minor_faults = 0;
    std::size_t objects = 0;
    std::size_t bytes = 0;
    std::size_t live_peak = 0;        // of one round
    std::size_t resident_before = 0;  // when the first round began: program, libraries, books
    std::size_t resident_after = 0;   // when the last one ended
    std::size_t resident_peak = 0;
    std::size_t huge = 0;  // of what grew, in huge pages
    bool reset = false;    // the arena was reset between the rounds, nothing was freed
};

class Session {
  public:
    explicit Session(const Parameters& parameters);

    const Parameters& parameters() const { return parameters_; }
    // False when all rounds are over.
    bool begin_round(unsigned round, bool leader);
    void end_round(bool leader);
    void add_work(std::size_t objects, std::size_t bytes, std::size_t live_peak);
    // False when objects have to be freed one by one.
    bool reset_arena() const;
    // After the last round.
    Totals totals() const;

  private:
    bool timed() const { return !parameters_.warm || round_ > 0; }
    unsigned all_rounds() const { return parameters_.rounds + (parameters_.warm ? 1 : 0); }
    void note_round(const Usage& ended);
    void meet() { ::pthread_barrier_wait(&barrier_); }

    Parameters parameters_;
    pthread_barrier_t barrier_;
    Totals totals_;
    Usage began_{};
    std::size_t huge_before_ = 0;
    morpharena_mark_t mark_ = nullptr;
    unsigned round_ = 0;  // written by the leader between two meetings
    std::atomic<std::size_t> objects_{0}, bytes_{0}, live_peak_{0};
};

}  // namespace morpharena::bench
