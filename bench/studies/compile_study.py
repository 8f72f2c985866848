#!/usr/bin/env python3
"""What an allocator does to whole compiles: n0 (where it is found), gcc, g++ and clang, at -O0 and -O2, over sizes.

    compile_study.py [--build DIR] [--peer LABEL=LIBRARY] [--runs N] [--only WORD] [--quick] [--json FILE]

  --build DIR    the meson build directory (default: build)
  --peer L=LIB   a library to measure beside ours, such as mimalloc3=/opt/libmimalloc.so.3 (default: mimalloc, if installed)
  --runs N       rounds of `morpharena compare` (default 5)
  --only WORD    only compilers whose name holds WORD
  --quick        the smallest size only, 3 rounds
  --json FILE    every figure

Prints one markdown table. Seconds and peaks are of the whole process tree, by `morpharena compare`. Instructions are user
instructions of the tree, by callgrind, for the smallest size alone, as callgrind takes fifty times as long. malloc's share is what
glibc's malloc, calloc, realloc and free took of them, with all that they call; an allocator that costs nothing would save that
and no more.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import callgrind
import compile_inputs

MODES = ["arena", "pool", "adaptive"]
C_FUNCTIONS = [10, 100, 400]
CPP_SIZES = [(2, 0), (20, 3), (80, 6)]  # functions, heavy headers
TOP = pathlib.Path(__file__).resolve().parents[2]


class Case:
    """One compiler on one input; `wrapped`: the command is not for callgrind, only the gcc that it starts is."""

    def __init__(self, compiler, size, folder, command, wrapped=False):
        self.compiler, self.size, self.folder, self.command, self.wrapped = compiler, size, folder, command, wrapped
        self.result = {"compiler": compiler, "input_bytes": size, "command": command}


def cases(options, work):
    n0 = os.environ.get("N0") or shutil.which("n0")
    if n0:
        folder = work / "n0"
        folder.mkdir()
        source = shutil.copy(TOP / "tools/demo_input/formulas.fox", folder)
        yield Case("n0 build", os.path.getsize(source), folder, [os.path.abspath(n0), "build", "formulas.fox"], wrapped=True)
    else:
        print("n0 is neither in $N0 nor on PATH: left out", file=sys.stderr)
    generator = options.build / "tools/demo_input/morpharena-generate"
    for i in range(1 if options.quick else len(C_FUNCTIONS)):
        folder = work / f"c{i}"
        size = compile_inputs.write_c(generator, folder, C_FUNCTIONS[i])
        for compiler in ("gcc", "clang"):
            for level in ("-O0", "-O2"):
                yield Case(f"{compiler} {level}", size, folder, [compiler, level, "-w", "-c", "-o", "prog.o", "prog.c"])
    for i in range(1 if options.quick else len(CPP_SIZES)):
        folder = work / f"cpp{i}"
        size = compile_inputs.write_cpp(folder, *CPP_SIZES[i])
        for level in ("-O0", "-O2"):
            yield Case(f"g++ {level}", size, folder, ["g++", "-std=c++17", level, "-w", "-c", "-o", "prog.o", "prog.cpp"])


def compare(case, options, subjects):
    """Medians and ratios to glibc, and the libraries that were preloaded (None for glibc), by label."""
    output = case.folder / "compare.json"
    subprocess.run([options.build / "tools/morpharena", "compare", "--runs", str(options.runs), "--json", output,
                    "--allocators", ",".join(["glibc", *subjects.values()]), "--", *case.command],
                   cwd=case.folder, check=True, stdout=subprocess.DEVNULL)
    document = json.loads(output.read_text())
    rows = dict(zip(["glibc", *subjects], document["allocators"]))
    return {label: row["metrics"] for label, row in rows.items()}, {label: row["library"] for label, row in rows.items()}


def instructions(case, libraries):
    """User instructions of the tree by label, and malloc's share of them under glibc."""
    total, share = {}, None
    for label, library in libraries.items():
        environment = callgrind.bare_environment(library, label if label in MODES else None)
        if case.wrapped:
            processes = callgrind.count_below(case.command, environment, "gcc", case.folder)
        else:
            processes = callgrind.count(case.command, environment, children=True, cwd=case.folder)
        total[label] = sum(process.instructions for process in processes)
        if label == "glibc":
            share = sum(process.allocator for process in processes) / total[label]
    return total, share


def saved(metrics, label, metric):
    ratio = metrics[label][metric]["to_first"]
    return "-" if ratio is None else f"{'' if ratio['significant'] else '~'}{ratio['ratio']:.3f}"


def table(results, labels):
    yield ("| compiler | input, KB | cpu, s | peak, MiB | malloc's share | "
           + " | ".join(f"{label}: instr / cpu / wall / peak" for label in labels) + " |")
    yield "|---" * (5 + len(labels)) + "|"
    for result in results:
        metrics, share = result["metrics"], result.get("malloc_share")
        cells = [result["compiler"], f"{result['input_bytes'] / 1000:.0f}", f"{metrics['glibc']['cpu']['median']:.2f}",
                 f"{metrics['glibc']['peak_memory']['median'] / 2**20:.0f}", "" if share is None else f"{share:.1%}"]
        for label in labels:
            counted = result.get("instructions")
            cells.append(" / ".join([f"{counted[label] / counted['glibc']:.3f}" if counted else "",
                                     *(saved(metrics, label, metric) for metric in ("cpu", "wall", "peak_memory"))]))
        yield "| " + " | ".join(cells) + " |"


def parse():
    parser = argparse.ArgumentParser(usage=__doc__, add_help=True)
    parser.add_argument("--build", type=pathlib.Path, default=TOP / "build")
    parser.add_argument("--peer", default="mimalloc=mimalloc")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", default="")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    options.build = options.build.resolve()
    if options.quick:
        options.runs = min(options.runs, 3)
    if not (options.build / "tools/morpharena").exists():
        sys.exit(f"compile_study.py: {options.build} is not a build directory with tools/morpharena; --build DIR names it")
    return options


def main():
    options = parse()
    label, _, library = options.peer.partition("=")
    subjects = {label: library, **{mode: mode for mode in MODES}}
    counted, results = set(), []
    with tempfile.TemporaryDirectory(prefix="compile-study-") as folder:
        for case in cases(options, pathlib.Path(folder)):
            if options.only not in case.compiler:
                continue
            print(f"{case.compiler}, {case.size / 1000:.0f} KB", file=sys.stderr)
            case.result["metrics"], libraries = compare(case, options, subjects)
            if case.compiler not in counted:  # sizes come smallest first
                counted.add(case.compiler)
                case.result["instructions"], case.result["malloc_share"] = instructions(case, libraries)
            results.append(case.result)
            if options.json:
                options.json.write_text(json.dumps({"runs": options.runs, "subjects": subjects, "cases": results}, indent=1))
    print("\n".join(table(results, list(subjects))))


if __name__ == "__main__":
    main()
