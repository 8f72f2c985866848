// The thresholds that were found by measuring, with what was measured. bench/studies/sweep.py tries other
// values: it builds the library with -DMORPHARENA_<NAME>=<value> for each; its tables lie in bench/results.
// Elsewhere the values below are all there is.
#pragma once

#include <cstddef>

// KiB of a heap's first block that stand on small pages, before the heap goes on in a block of huge pages. A
// 4 KiB page costs 1.1 to 1.4 us to touch first on our machines and a 2 MiB page 180 to 250 us, as much as
// 600 to 750 KiB of small ones: a heap that has come to this size will most likely repay it, and one that
// stays below never pays. Of the processes of a compiler build gcc, collect2 and the shell's tools hold up to
// 0.3 MB, as 0.4 to 0.6 MB for a small file and 1.2 MB for a large one, all others more than 3 MB. 384, 512,
// 640, 768 and 1024 on 100,000 x 64 bytes: 0.85, 0.87, 0.91, 0.93 and 1 of the time.
#ifndef MORPHARENA_SMALL_PAGE_SPAN
#define MORPHARENA_SMALL_PAGE_SPAN 640
#endif

// Bytes between the bump pointer and the line that is fetched ahead of it: the processor's own prefetcher
// stops at a page's end. 10^6 x 64 bytes, cold: 0.95 of the time without; x 24: 0.91. 256 and 512 do not
// differ.
#ifndef MORPHARENA_PREFETCH_DISTANCE
#define MORPHARENA_PREFETCH_DISTANCE 512
#endif

// Segments of 2 MiB that the pool fills before further ones get huge pages: until then a segment's untouched
// part would show in the peak. With 1, 2, 4, 8 and 16: 10^6 x 64 bytes cold took 13.7, 13.9, 14.7, 16.7
// and 20.3 ns (mimalloc 3: 13.2, first touch alone: 9.9); the peak of `cc1 -O2` was 111.5, 111.1, 110.9,
// 110.4 and 110.4 MB, of `cc1 -O0` 86.7, 86.3, 85.2, 85.6, 85.5.
#ifndef MORPHARENA_SEGMENTS_BEFORE_HUGE
#define MORPHARENA_SEGMENTS_BEFORE_HUGE 4
#endif

// MiB of free pool memory that stay resident, or a quarter of what was in use at the peak, if that is more.
// Keeping it does not raise the peak, since it is used before anything fresh; giving it back too early costs
// a page fault for each page that is needed again. Two threads that fill and empty 32 MB each, phase after
// phase, took 1.02 to 1.29 of mimalloc 2.0.9's time with 32 kept and 0.95 with all of it.
#ifndef MORPHARENA_POOL_KEPT
#define MORPHARENA_POOL_KEPT 128
#endif

// MiB of freed large objects that stay mapped, or as much as is in use, if that is more. Over objects of 64
// KiB to 16 MiB (mimalloc 2.0.9 = 1) a quarter of what is in use took 2.2 of the time and 0.72 of the peak;
// as much as is in use 1.3 and 0.84.
#ifndef MORPHARENA_LARGE_KEPT
#define MORPHARENA_LARGE_KEPT 32
#endif

namespace morpharena {

inline constexpr std::size_t kSmallPageSpan = std::size_t{MORPHARENA_SMALL_PAGE_SPAN} << 10;
inline constexpr std::size_t kPrefetchDistance = MORPHARENA_PREFETCH_DISTANCE;
inline constexpr std::size_t kSegmentsBeforeHuge = MORPHARENA_SEGMENTS_BEFORE_HUGE;
inline constexpr std::size_t kPoolBytesKept = std::size_t{MORPHARENA_POOL_KEPT} << 20;
inline constexpr std::size_t kLargeBytesKept = std::size_t{MORPHARENA_LARGE_KEPT} << 20;

}  // namespace morpharena
