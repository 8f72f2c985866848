"""morpharena frontier and predict."""
import json
import signal
import subprocess
import sys

from support import PATIENCE, Case, command, main

TOUCH = """
#include <stdlib.h>
#include <string.h>
int main(int argc, char **argv) {
    long bytes = atol(argv[1]) << 20;
    char *p = malloc(bytes);
    if (argc > 2 || p == NULL) return 1;
    memset(p, 1, bytes);
    return p[bytes / 2] != 1;
}
"""
MIB = 1 << 20


class Frontier(Case):
    def touch(self):
        with open(self.path("touch.c"), "w") as file:
            file.write(TOUCH)
        subprocess.run(["gcc", "-O1", "-fno-builtin", "-o", self.path("touch"), self.path("touch.c")], check=True)
        return self.path("touch")

    def frontier(self, *words):
        done = self.call("frontier", "--json", self.path("out.json"), *words)
        with open(self.path("out.json")) as file:
            return done, json.load(file)

    def test_the_edge_is_found_and_confirmed(self):
        self.needs_cgroup()
        done, document = self.frontier("--allocators", "glibc,arena", "--", self.touch(), "100")
        self.assertEqual(done.returncode, 0, done.stderr)
        for edge in document["points"][0]["allocators"]:
            # Page tables, the program and its libraries come on top of what it touches.
            self.assertGreater(edge["survives"], 100 * MIB)
            self.assertLess(edge["survives"], 108 * MIB)
            self.assertLessEqual(edge["survives"] / edge["fails"], 1.05)
            self.assertEqual(edge["machine"], 4 << 30)
            at = {}
            for run in edge["runs"]:
                at.setdefault(run["limit"], []).append(run["outcome"]["verdict"])
            # One failure that does not happen again, twice, is forgiven, once; then the edge is confirmed like any other.
            again = at[edge["survives"]]
            if "oom_killed" in again:
                again = again[again.index("oom_killed") + 1:]
                self.assertEqual(again[:2], ["ok"] * 2)
                again = again[1:]
            self.assertEqual(again, ["ok"] * 3)
            self.assertEqual(at[edge["fails"]], ["oom_killed"] * 2)
        self.assertIn("ok, ok, ok", done.stdout)
        for line in done.stdout.splitlines():
            self.assertLessEqual(len(line), 110, line)

    def test_a_scale_is_extrapolated(self):
        self.needs_cgroup()
        done, document = self.frontier("--allocators", "glibc", "--scale", "n=40,80,160", "--", self.touch(), "{n}")
        self.assertEqual(done.returncode, 0, done.stderr)
        fit = document["fits"][0]
        self.assertAlmostEqual(fit["slope"] / MIB, 1, delta=0.06)
        self.assertGreater(fit["r2"], 0.99)
        crossing = fit["exceeds_8_gib_at"]
        self.assertAlmostEqual(crossing["at"] / 7680, 1, delta=0.08)
        self.assertLess(crossing["low"], crossing["at"])
        self.assertGreater(crossing["high"], crossing["at"])
        self.assertIn("8 GB", done.stdout)

    def test_more_than_there_is_and_failures(self):
        self.needs_cgroup()
        done, document = self.frontier("--allocators", "glibc", "--memory", "64M", "--", self.touch(), "100")
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIsNone(document["points"][0]["allocators"][0]["survives"])
        done, _ = self.frontier("--allocators", "glibc", "--", "false")
        self.assertEqual(done.returncode, 1, done.stderr)

    def test_wrong_words(self):
        touch = ["--", "true"]
        self.refused("frontier", "--tolerance", "0", *touch, names=["--tolerance 0", "5"])
        self.refused("frontier", "--scale", "n=1,x", "--", "echo", "{n}", names=["x", "number"])
        self.refused("frontier", "--scale", "n=1,2", *touch, names=["{n}"])

    def test_interrupted_keeps_what_was_found(self):
        self.needs_cgroup()
        tool = subprocess.Popen([command(), "frontier", "--allocators", "glibc", "--json", self.path("out.json"), "--",
                                 "sh", "-c", "touch %s; sleep 1000" % self.path("up")], env=self.env,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.wait_for_file("up")
        tool.send_signal(signal.SIGINT)
        out, err = tool.communicate(timeout=PATIENCE)
        self.assertEqual(tool.returncode, 130, err)
        self.assertIn("Interrupted", out)
        with open(self.path("out.json")) as file:
            self.assertTrue(json.load(file)["points"][0]["interrupted"])


class Predict(Case):
    def test_what_an_arena_would_hold(self):
        # One run of system mode foretells what a run of the arena then counts.
        words = [sys.executable, "-S", "-c", "for i in range(200): x = [bytes(1000) for j in range(300)]"]
        env = dict(self.env, PYTHONMALLOC="malloc", PYTHONHASHSEED="0")
        done = self.call("predict", "--memory", "32M", "--json", self.path("out.json"), "--", *words, env=env)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(self.path("out.json")) as file:
            program = json.load(file)["programs"][0]
        done_run = self.call("run", "--json", self.path("run.json"), "--", *words, env=env)
        self.assertEqual(done_run.returncode, 0, done_run.stderr)
        with open(self.path("run.json")) as file:
            process = json.load(file)["processes"][0]
        held = process["summary"]["held"]
        self.assertLess(abs(program["arena_held"] - held), 0.03 * held)
        self.assertLess(program["live_peak"], held / 5)
        self.assertFalse(program["fits"])
        self.assertRegex(done.stderr, r"does not fit\s+in\s+32.0 MiB")

    def test_a_failing_command(self):
        self.assertEqual(self.call("predict", "--", "sh", "-c", "exit 4").returncode, 1)
        self.refused("predict", "--memory", "x", "--", "true", names=["--memory x"])


if __name__ == "__main__":
    main()
