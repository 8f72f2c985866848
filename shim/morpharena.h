/* What a program can ask of libmorpharena.so when that is preloaded. All functions are weak: without the
 * library their addresses are null, so a program that asks first runs either way, and needs no linking:
 *
 *     if (morpharena_mark) mark = morpharena_mark();
 *
 * From C and C++. Compile position-independently (gcc's default): in other code the linker may settle a weak
 * address as null before the library is there. None of them is async-signal-safe but morpharena_active().
 */
#ifndef MORPHARENA_H
#define MORPHARENA_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MORPHARENA_CALL __attribute__((weak, visibility("default")))

/* 1 when our malloc serves this process; 0 when the program brought its own. */
MORPHARENA_CALL int morpharena_active(void);

/* A place in the calling thread's arena. Marks are a thread's own and nest: a reset to one ends those made
 * after it, and the mark itself stays good for further resets. NULL: mode arena does not serve, or memory is
 * refused. */
typedef struct morpharena_place* morpharena_mark_t;
MORPHARENA_CALL morpharena_mark_t morpharena_mark(void);

/* FORCE: takes back everything that the calling thread has allocated since the mark, freed or not, large
 * objects included. Whoever still holds a pointer to such an object, this or another thread or a library (a
 * stdio buffer, a locale), holds a pointer to memory that will be handed out again. Objects that other
 * threads allocated stay. 1 when it was done; 0, and nothing has changed, when the mark is NULL, another
 * thread's, ended by a reset to an older one, or written over. */
MORPHARENA_CALL int morpharena_reset(morpharena_mark_t mark);

/* SAFE: takes back all memory, of every thread, in which every object has been freed; what is reachable
 * stays. Needs MORPHARENA_RESET=safe, or a MORPHARENA_RESET_SIGNAL, since frees are counted only then. How
 * many blocks were taken back. */
MORPHARENA_CALL size_t morpharena_reset_safe(void);

/* Writes the dump that MORPHARENA_STATS asks for, but in a vfork child. Never waits: where another thread writes
 * one, or forks, that thread writes this one when it has done so. */
MORPHARENA_CALL void morpharena_dump(void);

/* The struct only grows at its end: `size` says how much of it the library has filled. */
struct morpharena_figures {
    uint64_t size; /* bytes filled, this field included */
    uint64_t
        calls_counted; /* 1: the next four are counted (a record or a dump is asked for); 0: they are zero */
    uint64_t objects;
    uint64_t bytes_asked;
    uint64_t bytes_live; /* not exact after a forced reset */
    uint64_t bytes_live_peak;
    uint64_t bytes_mapped; /* from the kernel, now */
    uint64_t bytes_mapped_peak;
    uint64_t resets;
    uint64_t blocks_rewound;
    uint64_t blocks_pinned; /* by the last safe reset */
    uint64_t objects_pinning;
    uint64_t bytes_returned; /* to the kernel */
};

/* Fills at most `bytes` of the struct, which should be sizeof *figures; returns how many were filled, 0 when
 * the library is not ready. */
MORPHARENA_CALL size_t morpharena_snapshot(struct morpharena_figures* figures, size_t bytes);

#ifdef __cplusplus
}
#endif

#endif
