"""Holds what being preloaded costs a process that does nothing: instructions of /bin/true under the library, less those under a
shared object with nothing in it, with 2 % slack; and holds the whole to 1.1 times the latter, but in `system`, which looks up the
allocator behind it.

    start_up.py LIBRARY EMPTY-LIBRARY GOLDEN [--update]
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench" / "studies"))
import callgrind
import golden_file

MODES = ["arena", "pool", "adaptive", "system"]
MOST = 1.1
SLACK = 0.02  # the loader walks paths and environment, and their lengths are the build directory's


def main():
    library, empty, golden = sys.argv[1:4]

    def instructions(*environment):
        process, = callgrind.count(["/bin/true"], callgrind.bare_environment(*environment))
        return process.instructions

    base = instructions(empty)
    measured = {f"/bin/true, {mode}, above an empty .so": instructions(library, mode) - base for mode in MODES}
    too_much = 0
    for name, value in measured.items():
        ratio = (base + value) / base
        held = ratio <= MOST or "system" in name
        too_much += not held
        print(f"{name}: {ratio:.3f} times {base}{'' if held else f'   MORE THAN {MOST}'}")
    return golden_file.compare(golden, measured, lambda name: SLACK, "--update" in sys.argv[4:]) + too_much != 0


if __name__ == "__main__":
    sys.exit(main())
