#!/usr/bin/env python3
"""morpharena-bench's JSON as the markdown tables of bench/README.md.

    markdown_table.py [--wall] FILE.json...

A row a case: nanoseconds an object under the first allocator, then for each other the ratio of time to it, and behind the slash
that of peak memory; ~ where no difference was shown. For cold cases the last column is the physical limit over the first
allocator's time: what no allocator can go below. Time is processor time, or, with --wall, by the clock.
"""
import json
import sys


def ratio(row, key):
    found = row["to_first"][key]
    if found is None:
        return "-"
    return f"{'' if found['significant'] else '~'}{found['ratio']:.2f}"


def rows(document, time):
    labels = [row["label"] for row in document["allocators"]]
    yield f"| | {labels[0]}, ns | " + " | ".join(labels[1:]) + " | limit |"
    yield "|---" * (len(labels) + 2) + "|"
    for case in document["cases"]:
        first, *others = case["allocators"]
        name = f"{case['workload']}, {'warm' if case['warm'] else 'cold'}"
        name += f", {case['count']:,}" if case["count"] else ""
        name += f", {case['threads']} threads" if case["threads"] != 1 else ""
        name += "" if case["touch"] else ", not touched"
        # Below a hundredth the bytes were used over and over, and their first touch bounds nothing.
        limit = case["first_touch"][case["limit"]][time] / first[time] if case["limit"] and first[time] else 0
        cells = ["-" if row["failure"] else f"{ratio(row, time)} / {ratio(row, 'peak')}" for row in others]
        yield "| " + " | ".join([name, f"{first[time]:.1f}" if first[time] is not None else "-", *cells,
                                 f"{limit:.2f}" if limit >= 0.01 else ""]) + " |"


def main():
    words = sys.argv[1:]
    time = "ns" if "--wall" in words else "cpu_ns"
    paths = [word for word in words if word != "--wall"]
    if not paths:
        sys.exit(__doc__)
    for path in paths:
        with open(path) as file:
            print("\n".join(rows(json.load(file), time)) + "\n")


if __name__ == "__main__":
    main()
