"""Runs each workload, short, under nothing and under the library in one mode: cold, warm, on two threads, untouched.

    workloads.py WORKLOAD-PROGRAM FIRST-TOUCH-PROGRAM LIBRARY MODE

What a workload makes depends on nobody's malloc, so objects, bytes and live bytes must be the same under both.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import unittest

PROGRAM, FIRST_TOUCH, LIBRARY, MODE = sys.argv[1:5]
ROWS = pathlib.Path(__file__).resolve().parents[2] / "bench/workloads/workloads.def"
NAMES = re.findall(r"^WORKLOAD\((\w+),", ROWS.read_text(), re.MULTILINE)
SHORT = {"phases": 100_000, "random_sizes": 2000, "churn": 2000, "fifo": 20_000}


def run(*words, preload=True, program=PROGRAM):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MORPHARENA_")}
    if preload:
        environment.update(LD_PRELOAD=LIBRARY, MORPHARENA_MODE=MODE)
    return subprocess.run([program, *map(str, words)], env=environment, capture_output=True, text=True, timeout=100)


class Workloads(unittest.TestCase):
    def line(self, *words, **how):
        done = run(*words, **how)
        self.assertEqual((done.returncode, done.stderr), (0, ""), words)
        return json.loads(done.stdout)

    def check(self, line, **expected):
        for key, value in expected.items():
            self.assertEqual(line[key], value, key)
        self.assertGreater(line["objects"], 0)
        self.assertGreaterEqual(line["bytes"], line["live_peak"])
        self.assertGreater(line["time_ns"], 0)
        self.assertAlmostEqual(line["ns_per_object"], line["time_ns"] / line["objects"], delta=0.001)
        self.assertGreaterEqual(line["peak_rss"], line["resident_before"])

    def test_there_are_workloads(self):
        self.assertGreaterEqual(len(NAMES), 17)
        self.assertEqual(run("--help").returncode, 0)
        for name in NAMES:
            self.assertIn(name, run("--help").stdout)

    def test_each(self):
        for name in NAMES:
            with self.subTest(name):
                words = [name, "--count", SHORT.get(name, 60)]
                cold, plain = self.line(*words), self.line(*words, preload=False)
                self.check(cold, workload=name, warm=False, threads=1, rounds=1)
                for key in ("objects", "bytes", "live_peak"):
                    self.assertEqual(cold[key], plain[key], key)
                warm = self.line(*words, "--warm", 2)
                self.check(warm, warm=True, rounds=2, objects=2 * cold["objects"], bytes=2 * cold["bytes"],
                           live_peak=cold["live_peak"])
                self.check(self.line(*words, "--no-touch"), objects=cold["objects"])
                two = self.line(*words, "--threads", 2)
                self.check(two, threads=2)  # random sizes differ by thread, so their number alone is known
                self.assertGreater(two["objects"], cold["objects"])

    def test_sizes_and_counts_are_what_was_asked_for(self):
        line = self.line("notes_allocations", "--count", 1000, "--size", 500)
        self.check(line, objects=1000, bytes=500_000, live_peak=500_000)

    def test_memory_is_seen(self):
        line = self.line("notes_allocations", "--count", 200_000)
        self.assertGreaterEqual(line["resident_grown"], 0.95 * line["live_peak"])
        self.assertGreater(line["minor_faults"], 2)

    def test_the_limit_touches_what_it_says(self):
        for way in ("small", "small_populated", "huge", "huge_populated"):
            line = self.line(way, "--count", 8_000_000, program=FIRST_TOUCH, preload=False)
            self.check(line, bytes=8_000_000, live_peak=8_000_000)
            self.assertGreaterEqual(line["resident_grown"], 7_900_000)

    def test_bad_input_is_named(self):
        for words, token in ((["no_such"], "no_such"), ([], "''"), (["churn", "--count", "0"], "--count 0"),
                             (["churn", "--count", "many"], "many"), (["churn", "--count"], "--count"),
                             (["churn", "--threads", "9999"], "9999"), (["churn", "--warn", "3"], "--warn"),
                             (["churn", "twice"], "twice"), (["lifo", "--size", "64"], "lifo"),
                             (["churn", "--json", "/not/there", "--count", "10"], "cannot be written")):
            done = run(*words)
            self.assertEqual(done.returncode, 2, words)
            self.assertIn(token, done.stderr)
            self.assertEqual(len(done.stderr.splitlines()), 1)
        self.assertEqual(run("sideways", "--count", 1, program=FIRST_TOUCH).returncode, 2)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
