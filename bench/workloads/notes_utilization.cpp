// The notes: after 10,000 allocations 1,280 KB of payload in 2,048 KB, "80.1 % utilization". `utilization` of
// the JSON line is payload over the growth of resident memory, the same measure for every allocator.
#include "bench/workloads/one_size.h"

void morpharena::bench::notes_utilization(Stage& stage) {
    make_and_keep(stage);
}
