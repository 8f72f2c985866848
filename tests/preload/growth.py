"""growth.py LIBRARY MODE MORPHARENA gcc|clang: what never freeing costs each tool of a build is counted; pool and adaptive bound it."""

import os
import subprocess
from pathlib import Path

from preload import arguments, expect, expect_loaded, need, preloaded_environment, scratch
from processes import read_records, tool_name
from sources import GOOD_C, GOOD_CXX

# What a reusing heap may hold beyond what was live at its peak: slabs half full, classes' rounding, the arena up to its budget.
SLACK = 24 << 20


def main():
    library, mode, morpharena, compiler = arguments()
    expect_loaded(library, mode)
    folder = scratch()
    records = folder / "records"
    records.mkdir()
    (folder / "a.c").write_text(GOOD_C)
    (folder / "b.cpp").write_text(GOOD_CXX)
    cc, cxx = (need(name) for name in {"gcc": ("gcc", "g++"), "clang": ("clang", "clang++")}[compiler])
    environment = preloaded_environment(library, mode, RUN_DIR=records)
    for command in ([cc, "-O2", "-c", "a.c"], [cxx, "-std=c++20", "-O2", "-c", "b.cpp"], [cxx, "-o", "prog", "b.o"]):
        done = subprocess.run(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=300, check=False)
        expect(done.returncode == 0 and done.stderr == b"", f"{command}: status {done.returncode}: {done.stderr!r}")

    tools = []
    for process in read_records(morpharena, Path(records)):
        counters, summary = process["counters"], process["summary"]
        name = tool_name(process["process"]["program"])
        asked, live, mapped = summary["payload"], summary["live_peak"], counters["bytes_mapped_peak"]
        tools.append(name)
        print(f"{name:10} asked {asked >> 10:8} KB, live at the peak {live >> 10:7} KB, mapped {mapped >> 10:8} KB, resident "
              f"{counters['peak_rss'] >> 10:8} KB, {(counters['user_time'] + counters['system_time']) // 1000} ms")
        if process["config"]["mode"] == "arena":
            expect(mapped >= asked, f"{name}: asked for {asked}, mapped {mapped}: was it given back?")
            # Shown: the record says what it cost that nothing was freed.
            expect(summary["held"] >= live and summary["never_freed_cost"] == summary["held"] - live, f"{name}: {summary}")
        elif process["config"]["mode"] in ("pool", "adaptive"):
            expect(mapped <= 2 * live + SLACK, f"{name}: {live} bytes live at the peak, {mapped} mapped")
        else:
            expect(mapped == 0, f"{name}: {mapped} bytes are ours, though the next allocator serves")
            expect(0 < live <= asked + asked // 8 + SLACK, f"{name}: {asked} bytes asked for in all, {live} live at once")
    expect("cc1plus" in tools or "clang" in tools, f"records speak of {tools}")


main()
