"""morpharena-bench from outside: table, JSON, complaints.

    harness.py BENCH-PROGRAM LIBRARY
"""
import json
import os
import subprocess
import sys
import unittest

BENCH, LIBRARY = sys.argv[1:3]


def run(*words):
    return subprocess.run([BENCH, *words], env={**os.environ, "MORPHARENA_LIBRARY": LIBRARY, "NO_COLOR": "1"},
                          capture_output=True, text=True, timeout=200)


class Harness(unittest.TestCase):
    def test_a_study(self):
        done = run("glibc", "old=" + LIBRARY + ",MORPHARENA_MODE:pool", "arena", "--workloads", "notes_allocations,churn",
                   "--count", "3000", "--runs", "6", "--warm-rounds", "2", "--versus", "old", "--json", "-")
        self.assertEqual(done.returncode, 0, done.stderr)
        document = json.loads(done.stdout)
        self.assertEqual((document["schema"], document["versus"], document["interrupted"]), ("morpharena.bench", "old", False))
        self.assertEqual([row["label"] for row in document["allocators"]], ["glibc", "old", "arena"])
        self.assertTrue(all(row["version"] for row in document["allocators"]))
        self.assertTrue(all(row["faults_per_mib"] > 0 for row in document["allocators"]))
        self.assertEqual([(case["workload"], case["warm"]) for case in document["cases"]],
                         [("notes_allocations", False), ("notes_allocations", True), ("churn", False), ("churn", True)])
        for case in document["cases"]:
            self.assertEqual(case["limit"] is None, case["warm"])
            for row in case["allocators"]:
                self.assertIsNone(row["failure"])
                self.assertEqual(len(row["rounds"]), 6)
                self.assertEqual(row["objects"], (2 if case["warm"] else 1) * (3000 if case["workload"] != "churn" else 4000))
                ratio = row["to_first"]["ns"]
                self.assertTrue(ratio["low"] <= ratio["ratio"] <= ratio["high"])
                self.assertEqual(ratio["pairs"], 6)
            self.assertEqual(case["allocators"][0]["to_first"]["ns"]["ratio"], 1)
        self.assertIn("notes_allocations, cold, 3000", done.stderr)  # the table, out of the JSON's way
        self.assertIn("limit: ", done.stderr)

    def test_a_participant_that_dies_is_shown_and_costs_the_exit_code(self):
        done = run("glibc", "dead=arena,MORPHARENA_LIMIT:1M", "--workloads", "notes_allocations",
                   "--state", "cold", "--count", "100000", "--runs", "6", "--no-limit")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("dead", done.stdout)
        self.assertIn("SIGABRT", done.stdout)

    def test_fast_paths(self):
        done = run("glibc", "pool", "--fast-paths", "--runs", "6", "--json", "-")
        self.assertEqual(done.returncode, 0, done.stderr)
        calls = json.loads(done.stdout)["calls"]
        self.assertIn("malloc_free/48", calls)
        self.assertGreater(len(calls), 20)
        for row in calls.values():
            self.assertGreater(row["pool"]["ns"], 0)
            self.assertEqual(row["pool"]["to_first"]["pairs"], 6)

    def test_bad_input_is_named(self):
        for words, token in ((["nobody"], "nobody"), (["--workloads", "chrun"], "chrun"), (["--runs", "2"], "2"),
                             (["--no-such"], "--no-such"), (["glibc", "glibc"], "glibc"), (["--state", "tepid"], "tepid"),
                             (["--json", "/not/there/x.json", "glibc"], "/not/there/x.json")):
            done = run(*words)
            self.assertEqual(done.returncode, 2, words)
            self.assertIn(token, done.stderr)
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)

    def test_the_list_and_the_help(self):
        self.assertIn("lifo_scratch", run("--list").stdout)
        self.assertIn("Method:", run("--help").stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
