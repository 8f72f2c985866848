#!/usr/bin/env python3
"""How the cost of an object grows: with 10^3 to 10^8 objects in a process, and with 1 to 64 threads.

    scale.py [--build DIR] [--runs N] [--most N] [--size BYTES] [--threads LIST] [--out DIR] ALLOCATOR...

  ALLOCATOR      as morpharena-bench takes them (default: glibc, mimalloc, arena, pool)
  --most N       so many objects at most (default 10^8); what does not fit in the memory at hand is skipped with a word
  --size BYTES   of an object (default 32)
  --threads LIST numbers of threads (default 1,2,4,8,16,32,64)
  --runs N       rounds (default 6)
  --out DIR      where scale.md, scale.json and, with gnuplot, scale-size.svg and scale-threads.svg go (default bench/results)

By size: notes_allocations, cold, processor time of the whole over all objects. The model: time = c n^b on each side of one bend, the bend
being the measured point that leaves the smallest squared residue in the logarithms; b is 1 where an object costs the same at any
size. By threads: lifo_scratch, warm, each thread with the same work; ns an object is wall time over the objects of all threads,
so it halves with each doubling until the cores are used up, and is flat from there if threads do not get in each other's way.
"""
import argparse
import json
import math
import pathlib
import shutil
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
BOOKS = 8  # bytes of the workload's own for each object: its address
HEADER = 16  # of the thriftless allocators


def slope(points):
    """Least squares through (log x, log y): slope, intercept, sum of squared residues."""
    xs, ys = [math.log(x) for x, _ in points], [math.log(y) for _, y in points]
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - mean_x) ** 2 for x in xs)
    b = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys)) / spread if spread else 0.0
    a = mean_y - b * mean_x
    return b, a, sum((y - a - b * x) ** 2 for x, y in zip(xs, ys))


def bend(points):
    """The point (x) at which two lines fit best, the slopes on either side, and how much of the residue of one line is left."""
    if len(points) < 6:
        return None, slope(points)[0], slope(points)[0], 1.0
    best = min(range(2, len(points) - 2), key=lambda i: slope(points[:i + 1])[2] + slope(points[i:])[2])
    left, right, whole = slope(points[:best + 1]), slope(points[best:]), slope(points)
    return points[best][0], left[0], right[0], (left[2] + right[2]) / whole[2] if whole[2] else 1.0


def memory_available():
    with open("/proc/meminfo") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("MemAvailable:"))


def counts_that_fit(most, size):
    for exponent in range(3, 9):
        for factor in (1, 3):
            count = factor * 10 ** exponent
            needed = count * (size + HEADER + BOOKS) * 1.1
            if count > most:
                return
            if needed > memory_available():
                print(f"{count:,} objects are left out: {needed / 2**30:.1f} GiB are not free", file=sys.stderr)
                return
            yield count


def measure(options, *words):
    done = subprocess.run([options.build / "bench/morpharena-bench", *options.allocators, "--runs", str(options.runs),
                           "--json", "-", *words], stdout=subprocess.PIPE, text=True)
    if not done.stdout:
        sys.exit(f"scale.py: morpharena-bench ended with {done.returncode}")
    return json.loads(done.stdout)["cases"]


def curves(cases, key, time):
    """By allocator: the points (what varies, ns an object), where all went well. `time`: cpu_ns, or ns by the clock."""
    lines = {}
    for case in cases:
        for row in case["allocators"]:
            if row[time] is not None:
                lines.setdefault(row["label"], []).append((case[key], row[time]))
    return lines


def table(lines, what):
    xs = sorted({x for points in lines.values() for x, _ in points})
    yield f"| {what} | " + " | ".join(lines) + " |"
    yield "|---" * (1 + len(lines)) + "|"
    for x in xs:
        yield f"| {x:,} | " + " | ".join(f"{dict(points)[x]:.2f}" if x in dict(points) else "-" for points in lines.values()) + " |"


def fits(lines):
    yield "| | bend at | b below | b above | residue left |"
    yield "|---|---|---|---|---|"
    for label, points in lines.items():
        at, below, above, left = bend([(n, n * ns) for n, ns in points])
        yield f"| {label} | {'-' if at is None else f'{at:,}'} | {below:.3f} | {above:.3f} | {left:.2f} |"


def plot(path, lines, x_label):
    if shutil.which("gnuplot") is None:
        print(f"{path.name} is not drawn: gnuplot is not there (Debian: gnuplot-nox)", file=sys.stderr)
        return
    script = [f'set terminal svg size 800,480; set output "{path}"; set logscale xy; set key outside right; set grid',
              f'set xlabel "{x_label}"; set ylabel "ns an object"; set format x "10^{{%L}}"' if "objects" in x_label else
              f'set xlabel "{x_label}"; set ylabel "ns an object"; set logscale x 2']
    script.append("plot " + ", ".join(f'"-" title "{label}" with linespoints' for label in lines))
    for points in lines.values():
        script += [f"{x} {y}" for x, y in points] + ["e"]
    subprocess.run(["gnuplot"], input="\n".join(script) + "\n", text=True, check=True)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("allocators", nargs="*", default=["glibc", "mimalloc", "arena", "pool"])
    parser.add_argument("--build", type=pathlib.Path, default=TOP / "build")
    parser.add_argument("--runs", type=int, default=6)
    parser.add_argument("--most", type=int, default=10 ** 8)
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--threads", default="1,2,4,8,16,32,64")
    parser.add_argument("--out", type=pathlib.Path, default=TOP / "bench/results")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)

    counts = list(counts_that_fit(options.most, options.size))
    by_size = curves(measure(options, "--workloads", "notes_allocations", "--state", "cold", "--no-limit", "--size",
                             str(options.size), "--count", ",".join(map(str, counts))), "count", "cpu_ns")
    by_threads = curves(measure(options, "--workloads", "lifo_scratch", "--state", "warm", "--count", "10000", "--threads",
                                options.threads), "threads", "ns")
    text = "\n".join([f"ns an object by size, {options.size} bytes each, cold, processor time", "", *table(by_size, "objects"), "",
                      "time = c n^b on each side of the bend", "", *fits(by_size), "",
                      "ns an object by threads, lifo_scratch, warm, by the clock", "", *table(by_threads, "threads")])
    print(text)
    (options.out / "scale.md").write_text(text + "\n")
    (options.out / "scale.json").write_text(json.dumps({"by_size": by_size, "by_threads": by_threads}, indent=1) + "\n")
    plot(options.out / "scale-size.svg", by_size, "objects")
    plot(options.out / "scale-threads.svg", by_threads, "threads")


if __name__ == "__main__":
    main()
