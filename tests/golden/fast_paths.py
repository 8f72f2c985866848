"""Counts the instructions of malloc's and free's fast paths with callgrind and compares them with the golden file, exactly.

    fast_paths.py LIBRARY PROGRAM GOLDEN [--update]

A path's cost is the difference between a long and a short run, divided by the difference in calls, inside the function
named alone: start, end and the few slow calls, which both runs have, fall out. Where slow calls recur (a new slab each so
many objects), the median over steps of 10 calls is taken instead of the mean.
"""
import os
import re
import statistics
import subprocess
import sys
import tempfile

import golden_file

# What is counted: name, mode, operation, function, further environment.
PATHS = [
    ("arena malloc", "arena", "pair", "malloc", {}),
    ("arena free", "arena", "pair", "free", {}),
    ("pool malloc", "pool", "pair", "malloc", {}),
    ("pool free", "pool", "pair", "free", {}),
    ("arena malloc, tracked", "arena", "pair", "malloc", {"MORPHARENA_STATS": "/dev/null"}),
    ("arena free, tracked", "arena", "pair", "free", {"MORPHARENA_STATS": "/dev/null"}),
    ("pool malloc, tracked", "pool", "pair", "malloc", {"MORPHARENA_STATS": "/dev/null"}),
    ("pool free, tracked", "pool", "pair", "free", {"MORPHARENA_STATS": "/dev/null"}),
    ("arena free, counted", "arena", "pair", "free", {"MORPHARENA_RESET": "safe"}),
    ("adaptive malloc", "adaptive", "pair", "malloc", {}),
    ("adaptive free", "adaptive", "pair", "free", {}),
    # Of blocks in which nothing lives: nothing of it goes back to the kernel, since all was in use.
    ("reset, a block", "arena", "reset", "morpharena_reset_safe",
     {"MORPHARENA_RESET": "safe", "MORPHARENA_BLOCK_SIZE": "64K"}),
    ("arena malloc, checked", "arena", "pair", "malloc", {"MORPHARENA_CHECK": "1"}),
    ("arena free, checked", "arena", "pair", "free", {"MORPHARENA_CHECK": "1"}),
    ("pool malloc, checked", "pool", "pair", "malloc", {"MORPHARENA_CHECK": "1"}),
    ("pool free, checked", "pool", "pair", "free", {"MORPHARENA_CHECK": "1"}),
]
FIRST, STEP, STEPS = 1000, 10, 3


def collected(library, program, mode, operation, function, environment, count):
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", f"--toggle-collect={function}",
             program, operation, str(count)],
            env={**os.environ, "LD_PRELOAD": library, "MORPHARENA_MODE": mode, **environment},
            capture_output=True, text=True)
        found = re.search(r"Collected : (\d+)", done.stderr)
        if done.returncode != 0 or not found:
            sys.exit(f"fast_paths.py: callgrind failed on {program} {operation}: {done.stderr[-500:]}")
        return int(found.group(1))


def cost(library, program, mode, operation, function, environment):
    counts = [collected(library, program, mode, operation, function, environment, FIRST + i * STEP)
              for i in range(STEPS + 1)]
    return statistics.median((b - a) / STEP for a, b in zip(counts, counts[1:]))


def main():
    library, program, golden = sys.argv[1:4]
    measured = {name: cost(library, program, *rest) for name, *rest in PATHS}
    return golden_file.compare(golden, measured, lambda name: 0, "--update" in sys.argv[4:]) != 0


if __name__ == "__main__":
    sys.exit(main())
