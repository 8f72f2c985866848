"""The parts of the studies that calculate: reading callgrind, fitting, tables, the sweep's words.

    studies.py PROJECT-ROOT
"""
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(ROOT / "bench/studies"))
sys.dont_write_bytecode = True
import callgrind
import compile_study
import scale

# main calls malloc twice (100 in all) and realloc once (50, of which malloc, called from within, has 30); 1000 altogether.
PROFILE = """version: 1
cmd: /usr/lib/gcc/cc1 -quiet x.c
events: Ir

fl=(1) main.c
fn=(1) main
3 820
cfn=(2) malloc
calls=2 7
3 100
cfn=(3) realloc
calls=1 9
4 50

fn=(3)
9 20
cfn=(2)
calls=1 7
9 30

fn=(2)
7 130

fn=(4) malloc_printerr
8 0

summary: 1000
"""


class Callgrind(unittest.TestCase):
    def test_the_outermost_entry_counts_with_all_that_it_calls(self):
        with tempfile.NamedTemporaryFile("w", suffix=".out") as file:
            file.write(PROFILE)
            file.flush()
            counted = callgrind.Counted(file.name)
        self.assertEqual((counted.program, counted.instructions, counted.allocator), ("cc1", 1000, 150))

    def test_glibc_has_the_entries_that_we_look_for(self):
        done = subprocess.run(["nm", "-D", "--defined-only", "/lib/x86_64-linux-gnu/libc.so.6"], capture_output=True, text=True)
        names = {line.split()[-1].split("@")[0] for line in done.stdout.splitlines()}
        for entry in ("malloc", "calloc", "realloc", "free"):
            self.assertIn(entry, callgrind.ENTRIES & names)

    def test_the_environment_is_no_longer_than_it_must_be(self):
        os.environ["SOMETHING_LONG"] = "x" * 1000
        self.assertEqual(set(callgrind.bare_environment("/x.so", "pool")), {"PATH", "LC_ALL", "LD_PRELOAD", "MORPHARENA_MODE"})


class Scale(unittest.TestCase):
    def test_a_power_law_has_its_exponent(self):
        b, a, residue = scale.slope([(x, 3 * x ** 1.25) for x in (10, 100, 1000, 10_000)])
        self.assertAlmostEqual(b, 1.25)
        self.assertAlmostEqual(math.exp(a), 3)
        self.assertAlmostEqual(residue, 0)

    def test_the_bend_is_found(self):
        points = [(10.0 ** k, 10.0 ** k if k <= 4 else 10.0 ** 4 * (10.0 ** (k - 4)) ** 2) for k in range(1, 9)]
        at, below, above, left = scale.bend(points)
        self.assertEqual(at, 10 ** 4)
        self.assertAlmostEqual(below, 1)
        self.assertAlmostEqual(above, 2)
        self.assertLess(left, 1e-9)

    def test_too_few_points_have_no_bend(self):
        self.assertIsNone(scale.bend([(1, 1), (2, 2), (3, 3)])[0])

    def test_what_does_not_fit_is_left_out(self):
        room, scale.memory_available = scale.memory_available, lambda: 10 ** 6
        try:
            self.assertEqual(list(scale.counts_that_fit(10 ** 8, 64)), [1000, 3000, 10_000])
        finally:
            scale.memory_available = room
        self.assertEqual(list(scale.counts_that_fit(3000, 16)), [1000, 3000])


class CompileStudy(unittest.TestCase):
    def test_the_table_tells_ratios_and_doubts(self):
        def metric(median, ratio, significant):
            return {"median": median, "to_first": {"ratio": ratio, "significant": significant}}

        glibc = {name: {"median": 2 ** 20 * 8, "to_first": None} for name in ("cpu", "wall", "peak_memory")}
        pool = {"cpu": metric(1, 0.9, True), "wall": metric(1, 1.01, False), "peak_memory": metric(1, 1.1, True)}
        rows = list(compile_study.table([{"compiler": "gcc -O2", "input_bytes": 12_000, "metrics": {"glibc": glibc, "pool": pool},
                                          "instructions": {"glibc": 1000, "pool": 950}, "malloc_share": 0.0625}], ["pool"]))
        self.assertIn("| 6.2% | 0.950 / 0.900 / ~1.010 / 1.100 |", rows[2])


class Help(unittest.TestCase):
    def test_each_script_says_what_it_does(self):
        for name in ("compile_study", "scale", "sweep"):
            done = subprocess.run([sys.executable, ROOT / f"bench/studies/{name}.py", "--help"], capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn(f"{name}.py", done.stdout)
        done = subprocess.run([sys.executable, ROOT / "bench/studies/start_up.py"], capture_output=True, text=True)
        self.assertIn("start_up.py LIBRARY", done.stderr)


class Sweep(unittest.TestCase):
    def refused(self, *words):
        done = subprocess.run([sys.executable, ROOT / "bench/studies/sweep.py", *words], capture_output=True, text=True)
        self.assertNotEqual(done.returncode, 0)
        return done.stderr

    def test_bad_words_are_named(self):
        self.assertIn("X=1", self.refused("--env", "X=1", "--mode", "pool"))
        self.assertIn("''", self.refused("--mode", "pool"))
        self.assertIn("NO_SUCH_CONSTANT", self.refused("--define", "NO_SUCH_CONSTANT=1,2", "--mode", "pool"))
        self.assertIn("--command", self.refused("--env", "X=1,2", "--mode", "pool", "--command", "true"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
