"""Holds three whole workloads to a golden file: user instructions with 0.5 % slack, bytes exactly.

    workloads.py LIBRARY WORKLOAD-PROGRAM GOLDEN [--update]

Instructions are those of the process from exec to exit, by callgrind; bytes are what the library's own dump says in a run of
its own, as counting live bytes takes other paths.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench" / "studies"))
import callgrind
import golden_file

WORKLOADS = [("notes_ast", 5000), ("lifo_scratch", 3000), ("token_stream", 10000)]
MODES = ["arena", "pool"]
# From the dump: what was asked for, and what it took.
BYTES = [("summary", "payload"), ("summary", "held"), ("summary", "padding"), ("summary", "block_end_waste"),
         ("summary", "metadata"), ("counters", "bytes_freed"), ("counters", "bytes_mapped_peak"),
         ("counters", "pool_bytes_peak")]
SLACK = 0.005


def byte_counts(command, library, mode):
    with tempfile.TemporaryDirectory() as folder:
        dump = os.path.join(folder, "dump.json")
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL,
                       env=callgrind.bare_environment(library, mode, MORPHARENA_STATS=dump))
        with open(dump) as file:
            report = json.load(file)
        return {key: report[part][key] for part, key in BYTES}


def main():
    library, program, golden = sys.argv[1:4]
    measured = {}
    for workload, count in WORKLOADS:
        for mode in MODES:
            command = [program, workload, "--count", str(count)]
            name = f"{workload} {count}, {mode}"
            process, = callgrind.count(command, callgrind.bare_environment(library, mode))
            measured[f"{name}, instructions"] = process.instructions
            for key, value in byte_counts(command, library, mode).items():
                measured[f"{name}, {key}"] = value
    return golden_file.compare(golden, measured, lambda name: SLACK if name.endswith("instructions") else 0,
                               "--update" in sys.argv[4:]) != 0


if __name__ == "__main__":
    sys.exit(main())
