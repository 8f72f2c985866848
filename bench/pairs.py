"""Runs a benchmark that prints one JSON line under several allocators, interleaved, and prints ratios of pairs.

    pairs.py [--runs N] [--json FILE] NAME=LIBRARY[,VARIABLE:VALUE...] ... -- COMMAND [ARGUMENT...]

The first allocator is the baseline; NAME= alone is the system's. A pair is one run of each in the same round; every other
round goes backwards. Prints the median of the paired ratios (this / baseline; below 1 is better) with its quartiles,
for `ns` (time an operation) and `peak_kib`.
"""
import json
import os
import statistics
import subprocess
import sys


def parse(arguments):
    runs, output, allocators = 7, None, []
    while arguments and arguments[0] != "--":
        word = arguments.pop(0)
        if word == "--runs":
            runs = int(arguments.pop(0))
        elif word == "--json":
            output = arguments.pop(0)
        elif "=" in word:
            name, rest = word.split("=", 1)
            library, *variables = rest.split(",")
            environment = dict(variable.split(":", 1) for variable in variables)
            if library:
                environment["LD_PRELOAD"] = library
            allocators.append((name, environment))
        else:
            sys.exit(f"pairs.py: '{word}' is not an allocator; NAME=LIBRARY would be")
    if not arguments[1:] or not allocators:
        sys.exit(__doc__)
    return runs, output, allocators, arguments[1:]


def run(command, environment):
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"pairs.py: {command[0]} failed under {environment}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def quartiles(values):
    if len(values) < 2:
        return values[0], values[0], values[0]
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, middle, high


def main():
    runs, output, allocators, command = parse(sys.argv[1:])
    rounds = []
    for number in range(runs):
        order = allocators if number % 2 == 0 else allocators[::-1]
        rounds.append({name: run(command, environment) for name, environment in order})
    baseline = allocators[0][0]
    table = {}
    for name, _ in allocators:
        table[name] = {}
        for metric in ("ns", "peak_kib"):
            low, middle, high = quartiles([r[name][metric] / r[baseline][metric] for r in rounds])
            table[name][metric] = {"ratio": middle, "quartiles": [low, high],
                                   "median": statistics.median(r[name][metric] for r in rounds)}
        time, peak = table[name]["ns"], table[name]["peak_kib"]
        print(f"{' '.join(command[1:]):18} {name:10} {time['median']:9.2f} ns  x{time['ratio']:.3f} "
              f"({time['quartiles'][0]:.3f}-{time['quartiles'][1]:.3f})   {peak['median'] / 1024:8.1f} MiB  x{peak['ratio']:.3f}")
    if output:
        with open(output, "w") as file:
            json.dump({"command": command, "baseline": baseline, "rounds": rounds, "ratios": table}, file, indent=1)


if __name__ == "__main__":
    main()
