#!/usr/bin/env python3
"""Tries the values of one constant over the workloads, and over a command, and keeps the table beside the constants.

    sweep.py (--define | --env) NAME=VALUE,VALUE... --mode MODE [--build DIR] [--workloads LIST] [--state LIST] [--count N]
             [--runs N] [--by wall|cpu] [--command "gcc -O2 -c big.c"] [--out DIR]

  --define      a constant of core: each value is a library of its own, built with -DNAME=VALUE in DIR-sweep/NAME-VALUE
  --env         an option of the library: each value is an environment variable
  NAME=...      the first value is what the others are compared with
  --mode MODE   arena, pool or adaptive
  --command     also compare the values on this command (--define only); run where you stand
  --out DIR     where sweep-NAME-MODE.md goes (default bench/results)

The other options are morpharena-bench's. All values take turns within a round, in fresh processes. A cell is the ratio of time to
the first value, and behind the slash that of peak memory; ~ where no difference was shown.
"""
import argparse
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]


def parse():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--define")
    parser.add_argument("--env")
    parser.add_argument("--mode", required=True, choices=["arena", "pool", "adaptive"])
    parser.add_argument("--build", type=pathlib.Path, default=TOP / "build")
    parser.add_argument("--workloads", default="all")
    parser.add_argument("--state", default="cold,warm")
    parser.add_argument("--count")
    parser.add_argument("--runs", default="11")
    parser.add_argument("--by", default="wall")
    parser.add_argument("--command")
    parser.add_argument("--out", type=pathlib.Path, default=TOP / "bench/results")
    options = parser.parse_args()
    word = options.define or options.env
    found = re.fullmatch(r"(\w+)=([^,=]+(?:,[^,=]+)+)", word or "")
    if bool(options.define) == bool(options.env) or not found:
        sys.exit(f"sweep.py: '{word or ''}' is not what to sweep; right is --define or --env, and NAME=VALUE,VALUE...")
    if options.command and not options.define:
        sys.exit("sweep.py: --command goes with --define: `morpharena compare` sets no variables")
    options.name, options.values = found[1], found[2].split(",")
    options.build = options.build.resolve()
    return options


def built_library(options, value):
    """libmorpharena.so with the constant at `value`, as the build directory of the bench is set up otherwise."""
    folder = options.build.with_name(options.build.name + "-sweep") / f"{options.name}-{value}"
    quiet = {"stdout": subprocess.DEVNULL}
    if not (folder / "build.ninja").exists():
        subprocess.run(["meson", "setup", folder, TOP, "-Dtests=false", "-Dcommand=false",
                        f"-Dcpp_args=-D{options.name}={value}"], check=True, **quiet)
    subprocess.run(["nice", "ninja", "-C", folder, "shim/libmorpharena.so"], check=True, **quiet)
    return folder / "shim/libmorpharena.so"


def uses(name):
    """Whether core reads the constant at all: a sweep over a misspelt name would find no difference, and believe it."""
    return any(re.search(rf"\b{name}\b", path.read_text()) for folder in ("core", "shim") for path in (TOP / folder).rglob("*")
               if path.suffix in (".h", ".cpp", ".def"))


def cell(ratios):
    if not ratios:
        return "-"
    return " / ".join(f"{'' if ratio['significant'] else '~'}{ratio['ratio']:.3f}" if ratio else "1" for ratio in ratios)


def bench_rows(options, subjects):
    words = [*subjects, "--workloads", options.workloads, "--state", options.state, "--runs", options.runs, "--by", options.by,
             "--no-limit", "--json", "-", *(["--count", options.count] if options.count else [])]
    done = subprocess.run([options.build / "bench/morpharena-bench", *words], stdout=subprocess.PIPE, text=True)
    if not done.stdout:
        sys.exit(f"sweep.py: morpharena-bench ended with {done.returncode}")
    time = "ns" if options.by == "wall" else "cpu_ns"
    for case in json.loads(done.stdout)["cases"]:
        name = f"{case['workload']}, {'warm' if case['warm'] else 'cold'}"
        first = case["allocators"][0][time]
        yield [name, "-" if first is None else f"{first:.2f} ns"] + [cell([row["to_first"][time], row["to_first"]["peak"]])
                                                                   for row in case["allocators"][1:]]


def command_row(options, libraries):
    done = subprocess.run([options.build / "tools/morpharena", "compare", "--runs", options.runs, "--json", "-", "--allocators",
                           ",".join(map(str, libraries)), "--", *shlex.split(options.command)],
                          env={**os.environ, "MORPHARENA_MODE": options.mode}, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"sweep.py: morpharena compare ended with {done.returncode}")
    rows = [row["metrics"] for row in json.loads(done.stdout)["allocators"]]
    return [f"`{options.command}`, cpu", f"{rows[0]['cpu']['median']:.2f} s"] + [
        cell([row["cpu"]["to_first"], row["peak_memory"]["to_first"]]) for row in rows[1:]]


def main():
    options = parse()
    if options.define:
        if not uses(options.name):
            sys.exit(f"sweep.py: {options.name}: nothing in core or shim reads it")
        libraries = [built_library(options, value) for value in options.values]
        subjects = [f"{value}={library},MORPHARENA_MODE:{options.mode}" for value, library in zip(options.values, libraries)]
    else:
        subjects = [f"{value}={options.mode},{options.name}:{value}" for value in options.values]
    rows = list(bench_rows(options, subjects))
    if options.command:
        rows.append(command_row(options, libraries))
    first, *others = options.values
    lines = [f"{options.name} in mode {options.mode}: time / peak, ratios to {first}; {options.runs} rounds, by {options.by}",
             "", f"| | {first} | " + " | ".join(others) + " |", "|---" * (2 + len(others)) + "|",
             *("| " + " | ".join(row) + " |" for row in rows)]
    print("\n".join(lines))
    options.out.mkdir(parents=True, exist_ok=True)
    revision = subprocess.run(["git", "-C", TOP, "describe", "--always", "--dirty"], capture_output=True, text=True).stdout.strip()
    (options.out / f"sweep-{options.name}-{options.mode}.md").write_text("\n".join(lines) + f"\n\nAt {revision or 'no revision'}.\n")


if __name__ == "__main__":
    main()
