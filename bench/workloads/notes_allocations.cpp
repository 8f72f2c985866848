// The notes: 100,000 allocations of 64 bytes, malloc 45.2 ms, their arena 16.8 ms.
#include "bench/workloads/one_size.h"

void morpharena::bench::notes_allocations(Stage& stage) {
    make_and_keep(stage);
}
