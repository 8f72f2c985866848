#!/usr/bin/env python3
"""What the library costs a process that does nothing, in instructions, beside a shared object with nothing in it.

    start_up.py LIBRARY EMPTY-LIBRARY [--json FILE]

Runs /bin/true, and a gcc of two one-line files with all that it starts (gcc, cc1 and as twice, collect2, ld: the seven of an
`n0 build`), under nothing, the empty library and ours in each mode. User instructions, by callgrind.
"""
import json
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import callgrind

MODES = ("arena", "pool", "adaptive", "system")


def rows(library, empty):
    yield "nothing", callgrind.bare_environment()
    yield "empty .so", callgrind.bare_environment(empty)
    for mode in MODES:
        yield mode, callgrind.bare_environment(library, mode)


def main():
    words = sys.argv[1:]
    output = None
    if "--json" in words:
        at = words.index("--json")
        output = words[at + 1] if len(words) > at + 1 else None
        del words[at:at + 2]
    if len(words) != 2:
        sys.exit(__doc__)
    library, empty = map(os.path.abspath, words)
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("main.c", "int f(void);\nint main(void) { return f(); }\n"), ("f.c", "int f(void) { return 0; }\n")):
            with open(os.path.join(folder, name), "w") as file:
                file.write(text)
        for name, environment in rows(library, empty):
            true = callgrind.count(["/bin/true"], environment)
            driver = callgrind.count(["gcc", "-o", "out", "main.c", "f.c"], environment, children=True, cwd=folder)
            results[name] = {"true": true[0].instructions, "driver": sum(process.instructions for process in driver),
                             "driver_processes": len(driver)}
    print("| under | /bin/true | to empty .so | gcc of two lines | processes | to empty .so |")
    print("|---|---|---|---|---|---|")
    base = results["empty .so"]
    for name, row in results.items():
        print(f"| {name} | {row['true']:,} | {row['true'] / base['true']:.3f} | {row['driver'] / 1e6:,.2f} M "
              f"| {row['driver_processes']} | {row['driver'] / base['driver']:.4f} |")
    if output:
        with open(output, "w") as file:
            json.dump(results, file, indent=1)


if __name__ == "__main__":
    main()
