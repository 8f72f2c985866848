#!/usr/bin/env python3
"""Whether comparisons claim what is there and nothing else. Takes minutes, so it is not among the tests.

    calibration.py COMMAND [--repetitions 20] [--runs 10]

An allocator against itself, the whole comparison again and again: of each metric, a difference may be claimed in about
one of twenty. Then two libraries of which one has 3 % more instructions to do: that must be found.
"""
import argparse
import json
import math
import os
import subprocess
import sys
import tempfile

# malloc: what has none is no allocator, and is refused.
SPIN = """
void* __libc_malloc(unsigned long size);
void* malloc(unsigned long size) { return __libc_malloc(size); }
__attribute__((constructor)) static void spin(void) {
    for (volatile long i = 0; i < %dL; i++) {}
}
"""
STEPS = 20_000_000


def compare(command, directory, allocators, runs, words):
    out = os.path.join(directory, "out.json")
    done = subprocess.run([command, "compare", "--allocators", allocators, "--runs", str(runs), "--json", out, "--",
                           *words], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit("calibration: %s\n%s" % (allocators, done.stderr))
    with open(out) as file:
        return json.load(file)["allocators"][1]["metrics"]


def chance_of_at_least(claims, trials, rate=0.05):
    return sum(math.comb(trials, k) * rate ** k * (1 - rate) ** (trials - k) for k in range(claims, trials + 1))


def against_itself(command, directory, repetitions, runs):
    # Processes, memory and some work: enough for every metric to vary.
    words = ["sh", "-c", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; head -c 3000000 /dev/zero | sort | wc"]
    claims, judged = {}, {}
    for _ in range(repetitions):
        for name, metric in compare(command, directory, "glibc,glibc", runs, words).items():
            ratio = metric["to_first"]
            if ratio is not None:
                judged[name] = judged.get(name, 0) + 1
                claims[name] = claims.get(name, 0) + ratio["significant"]
    good = True
    for name, trials in judged.items():
        chance = chance_of_at_least(claims[name], trials)
        good = good and chance > 0.001
        print("%-18s claimed a difference in %d of %d; at a rate of 1 in 20, so many or more: p = %.3f%s"
              % (name, claims[name], trials, chance, "" if chance > 0.001 else "  TOO MANY"))
    return good


def known_difference(command, directory):
    for name, steps in (("base", STEPS), ("more", STEPS * 103 // 100)):
        source = os.path.join(directory, name + ".c")
        with open(source, "w") as file:
            file.write(SPIN % steps)
        subprocess.run(["gcc", "-O1", "-shared", "-fPIC", "-o", os.path.join(directory, name + ".so"), source], check=True)
    names = ",".join(os.path.join(directory, name + ".so") for name in ("base", "more"))
    metrics = compare(command, directory, names, 100, ["true"])
    good = True
    for name in ("instructions_user", "cpu"):
        ratio = metrics[name]["to_first"]
        if ratio is None:
            print("3 %% more: %s cannot be counted here" % name)
            continue
        found = ratio["significant"] and ratio["low"] <= 1.035 and ratio["high"] >= 1.025
        good = good and found
        print("3 %% more instructions: %s %.4f, 95 %% interval %.4f .. %.4f%s"
              % (name, ratio["ratio"], ratio["low"], ratio["high"], "" if found else "  NOT FOUND"))
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("command")
    parser.add_argument("--repetitions", type=int, default=20)
    parser.add_argument("--runs", type=int, default=10)
    words = parser.parse_args()
    command = os.path.abspath(words.command)
    with tempfile.TemporaryDirectory() as directory:
        good = against_itself(command, directory, words.repetitions, words.runs)
        good = known_difference(command, directory) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
